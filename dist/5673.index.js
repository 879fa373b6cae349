const h=5673,y=[5673],l={5673:((n,o,t)=>{t.a(n,async(x,d)=>{try{t.r(o);var s=t(7052),a=t(3632),c=t(7784);(0,s.p)(),await(0,c.C)(a.d1),d()}catch(v){d(v)}},1)})};export{h as id,y as ids,l as modules};
