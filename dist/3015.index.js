const h=3015,m=[3015],y={3015:((o,d,t)=>{t.a(o,async(x,n)=>{try{t.r(d);var s=t(7052),a=t(3632),c=t(7784);(0,s.p)(),await(0,c.C)(a.Bm),n()}catch(v){n(v)}},1)})};export{h as id,m as ids,y as modules};
