const h=5360,v=[5360],y={5360:((o,d,t)=>{t.a(o,async(x,n)=>{try{t.r(d);var s=t(695),a=t(8272);await(0,a.C)(s.wk),n()}catch(c){n(c)}},1)})};export{h as id,v as ids,y as modules};
