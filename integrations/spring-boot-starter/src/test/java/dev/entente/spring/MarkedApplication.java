package dev.entente.spring;

import dev.entente.idempotency.Idempotent;
import dev.entente.jdbc.Dialect;
import dev.entente.participant.BranchOp;
import dev.entente.participant.Rejection;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.converter.protobuf.ProtobufHttpMessageConverter;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import shop.v1.AddPointsRequest;
import shop.v1.AddPointsResponse;
import shop.v1.PointsServiceGrpc;
import shop.v1.TakePointsRequest;
import shop.v1.TakePointsResponse;

/** Controllers and a gRPC service with marked methods. Each run of a body writes a row and is counted. */
final class MarkedApplication {
    private MarkedApplication() {}

    /** Starts an application on a new database of the dialect, with additional properties. */
    static ConfigurableApplicationContext start(Dialect dialect, Class<?> application, String... properties) {
        ConfigurableApplicationContext started = new SpringApplicationBuilder(application)
                .properties(
                        "server.port=0",
                        "server.address=127.0.0.1",
                        "spring.datasource.url=" + TestDatabase.url(dialect),
                        "spring.jpa.hibernate.ddl-auto=none",
                        "spring.main.banner-mode=off",
                        "entente.barrier.create-table=true",
                        "entente.idempotency.create-table=true")
                .properties(properties)
                .run();
        started.getBean(JdbcClient.class)
                .sql("create table entry (number int primary key, id varchar(64))")
                .update();
        return started;
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Ledger.class, Debits.class, Notes.class, Points.class})
    static class Application {
        @Bean
        ProtobufHttpMessageConverter protobuf() {
            return new ProtobufHttpMessageConverter();
        }
    }

    @RejectedAs("NO_MONEY")
    static class NoMoney extends Exception {
        private static final long serialVersionUID = 1;

        NoMoney() {
            super("the account is empty");
        }
    }

    /** Writes rows and counts all writes, also those that are rolled back. */
    static class Ledger {
        private final JdbcClient jdbc;
        private final AtomicInteger written = new AtomicInteger();

        Ledger(JdbcClient jdbc) {
            this.jdbc = jdbc;
        }

        int write(String id) {
            int number = written.incrementAndGet();
            jdbc.sql("insert into entry (number, id) values (?, ?)")
                    .param(number)
                    .param(id)
                    .update();
            return number;
        }

        int written() {
            return written.get();
        }

        int kept(String id) {
            return jdbc.sql("select count(*) from entry where id = ?")
                    .param(id)
                    .query(Integer.class)
                    .single();
        }
    }

    /** A debit. */
    record Debit(String id, int number) {}

    /** A type that can be written as JSON but not read. */
    @FunctionalInterface
    interface WriteOnly {
        int getNumber();
    }

    @RestController
    static class Debits {
        private final Ledger ledger;

        Debits(Ledger ledger) {
            this.ledger = ledger;
        }

        @PostMapping("/debits")
        @Barriered(op = BranchOp.ACTION)
        Debit debit(@RequestBody Debit request) throws IOException, NoMoney {
            int number = ledger.write(request.id());
            if (request.number() == 0) {
                throw new NoMoney();
            }
            if (request.number() < 0 && number % 2 == -request.number() % 2) {
                throw new IOException("a disk is full");
            }
            return new Debit(request.id(), number);
        }

        @PostMapping("/debits/undo")
        @Barriered(op = BranchOp.COMPENSATE)
        @Transactional
        public void undo(@RequestBody Debit request) {
            ledger.write(request.id());
        }

        @PostMapping("/bare/{id}")
        @Barriered(bareCalls = true)
        String bare(@PathVariable String id) {
            return id + " " + ledger.write(id);
        }

        @PostMapping("/unreadable/{id}")
        @Barriered
        WriteOnly unreadable(@PathVariable String id) {
            int number = ledger.write(id);
            return () -> number;
        }
    }

    /** A controller whose handlers are all barriered. */
    @RestController
    @Barriered
    static class Notes {
        private final Ledger ledger;

        Notes(Ledger ledger) {
            this.ledger = ledger;
        }

        @PostMapping("/list/{id}")
        List<Debit> list(@PathVariable String id) {
            return List.of(new Debit(id, ledger.write(id)));
        }

        @PostMapping("/number/{id}")
        int number(@PathVariable String id) {
            return ledger.write(id);
        }

        @PostMapping("/nothing/{id}")
        void nothing(@PathVariable String id) {
            int unused = ledger.write(id);
        }

        @PostMapping("/null/{id}")
        @Transactional
        public @Nullable Debit none(@PathVariable String id) {
            ledger.write(id);
            return null;
        }

        @PostMapping("/protobuf/{id}")
        AddPointsResponse protobuf(@PathVariable String id) {
            return AddPointsResponse.newBuilder().setPoints(ledger.write(id)).build();
        }
    }

    static class Points extends PointsServiceGrpc.PointsServiceImplBase {
        private final Ledger ledger;

        Points(Ledger ledger) {
            this.ledger = ledger;
        }

        @Override
        @Barriered(op = BranchOp.ACTION)
        public void add(AddPointsRequest request, StreamObserver<AddPointsResponse> answer) {
            int number = ledger.write(request.getAccount());
            switch ((int) request.getPoints()) {
                case 0 -> answer.onError(new Rejection("NO_POINTS", "none are left"));
                case -1 ->
                    answer.onError(Status.INVALID_ARGUMENT
                            .withDescription("less than none")
                            .asException());
                case -2 -> answer.onNext(AddPointsResponse.getDefaultInstance());
                default -> {
                    answer.onNext(
                            AddPointsResponse.newBuilder().setPoints(number).build());
                    answer.onCompleted();
                }
            }
            if (request.getPoints() == -3) {
                TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                    @Override
                    public void beforeCommit(boolean readOnly) {
                        throw new IllegalStateException("the commit fails");
                    }
                });
            }
        }

        @Override
        @Barriered(op = BranchOp.COMPENSATE)
        @Transactional
        public void take(TakePointsRequest request, StreamObserver<TakePointsResponse> answer) {
            ledger.write(request.getAccount());
            if (request.getPoints() < 0) {
                answer.onError(Status.INVALID_ARGUMENT.asException());
            } else {
                answer.onNext(TakePointsResponse.newBuilder().setPoints(7).build());
                answer.onCompleted();
            }
        }

        @Override
        @Idempotent
        public void welcome(AddPointsRequest request, StreamObserver<AddPointsResponse> answer) {
            answer.onNext(AddPointsResponse.newBuilder()
                    .setPoints(ledger.write(request.getAccount()))
                    .build());
            answer.onCompleted();
        }
    }
}
