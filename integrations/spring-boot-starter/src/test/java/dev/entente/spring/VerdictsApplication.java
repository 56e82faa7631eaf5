package dev.entente.spring;

import dev.entente.outbox.OutboxMessage;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.participant.Rejection;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.ConstraintViolationException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.validation.Errors;
import org.springframework.validation.Validator;
import org.springframework.validation.annotation.Validated;
import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.InitBinder;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.server.ResponseStatusException;

/** An application whose controller fails as its path says, each time after one insert. */
final class VerdictsApplication {
    private VerdictsApplication() {}

    @RejectedAs("SOLD_OUT")
    static class SoldOut extends RuntimeException {
        private static final long serialVersionUID = 1;

        SoldOut(String message) {
            super(message);
        }
    }

    @RejectedAs("CHECKED_NO")
    static class CheckedNo extends Exception {
        private static final long serialVersionUID = 1;
    }

    /** An order as JSON. */
    record Order(int pieces) {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Shop.class, Stock.class, Keeper.class, Ledger.class, Narrow.class})
    static class Application {}

    /** Handles all exceptions, as many applications do. */
    @RestControllerAdvice
    static class CatchesAll {
        @ExceptionHandler(Throwable.class)
        ResponseEntity<String> any(Throwable failure) {
            return ResponseEntity.status(418).body("advice: " + failure.getMessage());
        }
    }

    /**
     * Responds in an envelope, as many applications do: to one exception with a success status, to others without a
     * status.
     */
    @RestControllerAdvice
    static class Envelopes {
        @ExceptionHandler(IllegalStateException.class)
        ResponseEntity<String> fine(IllegalStateException failure) {
            return ResponseEntity.ok("{\"code\": 1, \"message\": \"" + failure.getMessage() + "\"}");
        }

        @ExceptionHandler(UnsupportedOperationException.class)
        void sets(HttpServletResponse response) {
            response.setStatus(200);
        }

        @ExceptionHandler(ArithmeticException.class)
        @ResponseStatus(HttpStatus.OK)
        void marked() {}

        @ExceptionHandler(ArrayStoreException.class)
        void writes(HttpServletResponse response) throws IOException {
            response.reset();
            response.getWriter().write("{\"code\": 3}");
            response.flushBuffer();
        }

        @ExceptionHandler(Throwable.class)
        String any(Throwable failure) {
            return "{\"code\": 2}";
        }
    }

    static class Stock {
        private final JdbcClient jdbc;
        private final TransactionalOutbox outbox;

        Stock(JdbcClient jdbc, TransactionalOutbox outbox) {
            this.jdbc = jdbc;
            this.outbox = outbox;
        }

        @Transactional
        public void take(String how) throws Exception {
            jdbc.sql("insert into taken values (?)").param(how).update();
            switch (how) {
                case "marked" -> throw new SoldOut("two are left");
                case "wrapped" -> throw new IllegalStateException("a layer", new SoldOut("two are left"));
                case "silent" -> throw new SoldOut("SOLD_OUT");
                case "rejection" -> throw new Rejection("SOLD_OUT", "two are left");
                case "checked" -> throw new CheckedNo();
                case "hidden" -> throw new IllegalStateException(new CheckedNo());
                case "carried" -> throw new ExecutionException(new SoldOut("two are left"));
                case "set" -> throw new UnsupportedOperationException();
                case "ok" -> throw new ArithmeticException();
                case "written" -> throw new ArrayStoreException();
                case "invalid" -> throw new ConstraintViolationException("two are left", Set.of());
                case "outbox" -> outbox.enqueue(OutboxMessage.toKafka("orders", new byte[0]));
                case "lock" -> throw new OptimisticLockingFailureException("another one was faster");
                case "other" -> throw new IllegalStateException("a disk is full");
                default -> throw new ResponseStatusException(HttpStatus.valueOf(Integer.parseInt(how)));
            }
        }
    }

    static class Ledger {
        private final JdbcClient jdbc;

        Ledger(JdbcClient jdbc) {
            this.jdbc = jdbc;
        }

        @Transactional(noRollbackFor = SoldOut.class)
        public void keep() {
            jdbc.sql("insert into taken values ('kept')").update();
            throw new SoldOut("two are left");
        }

        @Transactional(readOnly = true, noRollbackFor = SoldOut.class)
        public void look() {
            throw new SoldOut("two are left");
        }
    }

    /** Serves only one operation. */
    @RestController
    static class Narrow {
        @PostMapping("/narrow")
        @Barriered(op = BranchOp.CONFIRM)
        public void narrow() {}
    }

    /** Refuses with exceptions that do not roll back a transaction. */
    @RestController
    static class Keeper {
        private final Ledger ledger;

        Keeper(Ledger ledger) {
            this.ledger = ledger;
        }

        @PostMapping("/keeps/own")
        public void own() {
            ledger.keep();
        }

        @PostMapping("/keeps/read")
        public void read() {
            ledger.look();
        }

        @Transactional
        @PostMapping("/keeps/inner")
        public void inner() {
            ledger.keep();
        }
    }

    @RestController
    static class Shop {
        private final Stock stock;
        private final TransactionalBarrier barrier;

        Shop(Stock stock, TransactionalBarrier barrier) {
            this.stock = stock;
            this.barrier = barrier;
        }

        @InitBinder
        void strict(WebDataBinder binder) {
            binder.addValidators(new Validator() {
                @Override
                public boolean supports(Class<?> type) {
                    return type == Order.class;
                }

                @Override
                public void validate(Object order, Errors errors) {
                    if (((Order) order).pieces() < 1) {
                        errors.rejectValue("pieces", "min", "at least one");
                    }
                }
            });
        }

        @PostMapping("/take/{how}")
        public void take(@PathVariable String how) throws Exception {
            stock.take(how);
        }

        @PostMapping("/reached/{how}")
        @Barriered
        public void reached(@PathVariable String how) throws Exception {
            stock.take(how);
        }

        @PostMapping("/bare/marked")
        public void bare() {
            throw new SoldOut("two are left");
        }

        @PostMapping("/returns/{status}")
        public ResponseEntity<String> returns(@PathVariable int status) {
            return ResponseEntity.status(status).body("two are left");
        }

        @PostMapping("/reached/returns/{status}")
        @Barriered
        public ResponseEntity<String> reachedReturns(@PathVariable int status) {
            return returns(status);
        }

        @PostMapping("/barrier/{how}")
        public void behindTheBarrier(@PathVariable String how) {
            barrier.run(() -> {
                throw how.equals("wrapped")
                        ? new IllegalStateException("a layer", new SoldOut("two are left"))
                        : new SoldOut("two are left");
            });
        }

        @PostMapping("/after/commit")
        public void afterTheCommit() {
            barrier.run(() -> {});
            throw new SoldOut("too late");
        }

        @PostMapping("/after/marked")
        @Transactional
        public void afterTheBarrier() throws Exception {
            barrier.run(() -> {});
            stock.take("marked");
        }

        @PostMapping("/undo")
        public void undo() {
            barrier.run(() -> {});
        }

        @PostMapping("/later/callable")
        public Callable<String> later() {
            return () -> {
                stock.take("marked");
                return "";
            };
        }

        @PostMapping("/later/other")
        public Callable<String> laterOther() {
            return () -> {
                throw new UnsupportedOperationException();
            };
        }

        @PostMapping("/later/deferred")
        public DeferredResult<String> deferred() {
            DeferredResult<String> result = new DeferredResult<>();
            result.setErrorResult(new SoldOut("two are left"));
            return result;
        }

        @PostMapping("/ordered")
        public String ordered(@Validated @RequestBody Order order) {
            return Branch.current().map(Branch::gid).orElse("") + order.pieces();
        }

        @GetMapping("/read")
        public String read() {
            return "nothing";
        }

        @PostMapping("/says/text")
        public ResponseEntity<String> text() {
            return ResponseEntity.status(409).contentType(MediaType.TEXT_PLAIN).body("\"two\" are left");
        }

        @PostMapping("/says/problem")
        public ProblemDetail problem() {
            return ProblemDetail.forStatusAndDetail(HttpStatus.UNPROCESSABLE_CONTENT, "two are left");
        }

        @PostMapping("/later/status")
        public Callable<String> laterStatus() {
            return () -> {
                throw new ResponseStatusException(HttpStatus.NOT_FOUND);
            };
        }
    }
}
