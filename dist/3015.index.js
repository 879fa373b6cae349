const h=3015,m=[3015],v={3015:((o,d,t)=>{t.a(o,async(x,n)=>{try{t.r(d);var s=t(695),a=t(8272);await(0,a.C)(s.Bm),n()}catch(c){n(c)}},1)})};export{h as id,m as ids,v as modules};
