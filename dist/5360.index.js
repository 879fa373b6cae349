const h=5360,y=[5360],l={5360:((o,d,t)=>{t.a(o,async(x,n)=>{try{t.r(d);var s=t(7052),a=t(3632),c=t(7784);(0,s.p)(),await(0,c.C)(a.wk),n()}catch(v){n(v)}},1)})};export{h as id,y as ids,l as modules};
