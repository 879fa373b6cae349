const h=8996,y=[8996],l={8996:((o,d,t)=>{t.a(o,async(x,n)=>{try{t.r(d);var s=t(7052),a=t(3632),c=t(7784);(0,s.p)(),await(0,c.C)(a.qX),n()}catch(v){n(v)}},1)})};export{h as id,y as ids,l as modules};
