package dev.entente.shop.orders;

import dev.entente.client.TransactionAborted;
import dev.entente.idempotency.Idempotent;
import dev.entente.outbox.OutboxMessage;
import dev.entente.participant.BranchOp;
import dev.entente.spring.Barriered;
import dev.entente.spring.TransactionalOutbox;
import java.time.Duration;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The HTTP service that takes orders from customers, and steps of sagas from the coordinator. */
@RestController
class Orders {
    private final JdbcClient jdbc;
    private final TransactionalOutbox outbox;
    private final Checkout checkout;

    Orders(JdbcClient jdbc, TransactionalOutbox outbox, Checkout checkout) {
        this.jdbc = jdbc;
        this.outbox = outbox;
        this.checkout = checkout;
    }

    /** The part of a payment's response that orders need. */
    record Paid(String receipt) {}

    /** Places an order, also while the coordinator is unavailable. */
    @PostMapping("/orders")
    @ResponseStatus(HttpStatus.ACCEPTED)
    @Idempotent
    @Transactional
    public Order place(@RequestBody Order order) {
        jdbc.sql("insert into shop_order values (?, 'PLACED')")
                .param(order.id())
                .update();
        outbox.enqueue(OutboxMessage.toCoordinator(checkout.saga(order)));
        return order;
    }

    @GetMapping("/orders/{id}")
    Optional<String> state(@PathVariable String id) {
        return jdbc.sql("select state from shop_order where id = ?")
                .param(id)
                .query(String.class)
                .optional();
    }

    /** Sells at once, for customers that wait for their receipt. */
    @PostMapping("/purchases")
    Paid buy(@RequestBody Order order) {
        return checkout.saga(order).run("pay", Paid.class, Duration.ofSeconds(10));
    }

    @PostMapping("/bookings")
    String book(@RequestBody Order order) {
        return checkout.tcc(order)
                .submitAndWait(Duration.ofSeconds(10))
                .orThrow()
                .getGid();
    }

    @ExceptionHandler
    ResponseEntity<String> undone(TransactionAborted aborted) {
        return ResponseEntity.status(HttpStatus.CONFLICT).body(aborted.rejection());
    }

    @PostMapping("/accepted")
    @Barriered(op = BranchOp.ACTION)
    void accept(@RequestBody Order order) {
        become("ACCEPTED", order);
    }

    @PostMapping("/rejected")
    @Barriered(op = BranchOp.COMPENSATE)
    void reject(@RequestBody Order order) {
        become("REJECTED", order);
    }

    @PostMapping("/confirmed")
    @Barriered(op = BranchOp.ACTION)
    void confirm(@RequestBody Order order) {
        become("CONFIRMED", order);
    }

    private void become(String state, Order order) {
        jdbc.sql("insert into shop_order values (:id, :state) on duplicate key update state = :state")
                .param("id", order.id())
                .param("state", state)
                .update();
    }
}
