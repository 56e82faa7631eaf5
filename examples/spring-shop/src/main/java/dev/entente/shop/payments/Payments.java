package dev.entente.shop.payments;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.spring.Barriered;
import dev.entente.spring.RejectedAs;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** The HTTP service that takes money from accounts, and gives it back. */
@RestController
class Payments {
    private final JdbcClient jdbc;

    Payments(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** The money to pay. */
    record Due(String account, int cents) {}

    /** A payment, or a reservation of money. */
    record Payment(String receipt) {}

    @RejectedAs("NO_MONEY")
    static class NoMoney extends RuntimeException {
        private static final long serialVersionUID = 1;

        NoMoney(Due due) {
            super(due.account() + " has less than " + due.cents() + " cents");
        }
    }

    @RejectedAs("NO_REFUNDS")
    static class NoRefunds extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @PostMapping("/payments")
    @Barriered(op = {BranchOp.ACTION, BranchOp.TRY})
    Payment pay(@RequestBody Due due) {
        int paid = jdbc.sql("update account set cents = cents - :cents where id = :id and cents >= :cents")
                .param("id", due.account())
                .param("cents", due.cents())
                .update();
        if (paid == 0) {
            throw new NoMoney(due);
        }
        String gid = Branch.required().gid();
        jdbc.sql("insert into payment values (?, ?, ?, false)")
                .params(gid, due.account(), due.cents())
                .update();
        return new Payment("receipt of " + gid);
    }

    @PostMapping("/refunds")
    @Barriered(op = {BranchOp.COMPENSATE, BranchOp.CANCEL})
    void refund() {
        String gid = Branch.required().gid();
        int refunded = jdbc.sql("update account join payment on account.id = payment.account"
                        + " set account.cents = account.cents + payment.cents where gid = ? and takes_refunds")
                .param(gid)
                .update();
        if (refunded == 0) {
            throw new NoRefunds();
        }
        jdbc.sql("delete from payment where gid = ?").param(gid).update();
    }

    @PostMapping("/settlements")
    @Barriered(op = BranchOp.CONFIRM)
    void settle() {
        jdbc.sql("update payment set is_settled = true where gid = ?")
                .param(Branch.required().gid())
                .update();
    }
}
