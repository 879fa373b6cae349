const h=5673,v=[5673],y={5673:((n,o,t)=>{t.a(n,async(x,d)=>{try{t.r(o);var s=t(695),a=t(8272);await(0,a.C)(s.d1),d()}catch(c){d(c)}},1)})};export{h as id,v as ids,y as modules};
