package dev.entente.shop.stock;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.spring.Barriered;
import dev.entente.spring.RejectedAs;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** The HTTP service that reserves goods, releases them, and ships them. */
@RestController
class Stock {
    private final JdbcClient jdbc;

    Stock(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** The goods to reserve. */
    record Goods(String sku, int count) {}

    /** A paid parcel, with its destination and the receipt. */
    record Parcel(String city, String receipt) {}

    @RejectedAs("OUT_OF_STOCK")
    static class OutOfStock extends RuntimeException {
        private static final long serialVersionUID = 1;

        OutOfStock(String sku) {
            super("not enough stock of " + sku);
        }
    }

    @RejectedAs("NO_ROUTE")
    static class NoRoute extends RuntimeException {
        private static final long serialVersionUID = 1;

        NoRoute(String city) {
            super("no route to " + city);
        }
    }

    @PostMapping("/reservations")
    @Barriered(op = {BranchOp.ACTION, BranchOp.TRY})
    void reserve(@RequestBody Goods goods) {
        int reserved = jdbc.sql(
                        "update item set available = available - :count where sku = :sku and available >= :count")
                .param("sku", goods.sku())
                .param("count", goods.count())
                .update();
        if (reserved == 0) {
            throw new OutOfStock(goods.sku());
        }
        jdbc.sql("insert into reservation values (?, ?, ?)")
                .params(Branch.required().gid(), goods.sku(), goods.count())
                .update();
    }

    @PostMapping("/releases")
    @Barriered(op = {BranchOp.COMPENSATE, BranchOp.CANCEL})
    void release() {
        String gid = Branch.required().gid();
        jdbc.sql("update item join reservation using (sku) set available = available + reserved where gid = ?")
                .param(gid)
                .update();
        jdbc.sql("delete from reservation where gid = ?").param(gid).update();
    }

    @PostMapping("/shipments")
    @Barriered(op = BranchOp.ACTION)
    void ship(@RequestBody Parcel parcel) {
        if (parcel.city().equals("Atlantis")) {
            throw new NoRoute(parcel.city());
        }
        pickUp();
    }

    @PostMapping("/pickups")
    @Barriered(op = BranchOp.CONFIRM)
    void pickUp() {
        jdbc.sql("delete from reservation where gid = ?")
                .param(Branch.required().gid())
                .update();
    }
}
