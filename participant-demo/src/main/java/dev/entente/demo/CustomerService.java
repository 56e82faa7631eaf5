package dev.entente.demo;

import dev.entente.client.Entente;
import dev.entente.client.PlanBuilder;
import dev.entente.client.Retry;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.participant.Rejection;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import shop.v1.AddPointsRequest;
import shop.v1.CustomerServiceGrpc;
import shop.v1.Fault;
import shop.v1.MailServiceGrpc;
import shop.v1.MoveAddressRequest;
import shop.v1.MoveAddressResponse;
import shop.v1.PointsServiceGrpc;
import shop.v1.RegisterRequest;
import shop.v1.RegisterResponse;
import shop.v1.SendMailRequest;

/** Customers: table {@code customer}, and an outbox in the same database. */
final class CustomerService extends CustomerServiceGrpc.CustomerServiceImplBase {
    private static final Outbox OUTBOX = Outbox.postgres();
    private static final long WELCOME_POINTS = 100;
    private static final Retry RETRY = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(1), 60);

    private final Work work;
    /** Builds plans only. The relay sends the plans. */
    private final Entente plans = Entente.builder("127.0.0.1:7790").build();

    CustomerService(Work work) {
        this.work = work;
    }

    @Override
    public void register(RegisterRequest request, StreamObserver<RegisterResponse> answer) {
        work.answer(
                "CustomerService/Register",
                request.getFault(),
                RegisterResponse.getDefaultInstance(),
                answer,
                connection -> {
                    Check.that(!request.getName().isEmpty(), "name is empty");
                    register(connection, request.getName(), request.getDelivery());
                    return RegisterResponse.getDefaultInstance();
                });
    }

    /** Inserts the customer and the messages about the customer. They are committed together, or not at all. */
    private void register(Connection connection, String name, Fault delivery) throws SQLException {
        if (Sql.update(connection, "insert into customer (name) values (?) on conflict do nothing", name) == 1) {
            OUTBOX.enqueue(connection, OutboxMessage.toCoordinator(welcomeMail(name, delivery)));
            OUTBOX.enqueue(connection, welcomePoints(name, delivery));
        }
    }

    private PlanBuilder<?> welcomeMail(String name, Fault delivery) {
        SendMailRequest mail = SendMailRequest.newBuilder()
                .setRecipient(name)
                .setSubject("Welcome")
                .setFault(delivery)
                .build();
        return plans.notification("welcome")
                .gid(name)
                .retry(RETRY)
                .timeout(Duration.ofSeconds(5))
                .deliver(plans.participant("mail").call(MailServiceGrpc.getSendMethod(), mail));
    }

    private static OutboxMessage welcomePoints(String name, Fault delivery) {
        AddPointsRequest points = AddPointsRequest.newBuilder()
                .setAccount(name)
                .setPoints(WELCOME_POINTS)
                .setFault(delivery)
                .build();
        return OutboxMessage.toGrpc("points", PointsServiceGrpc.getWelcomeMethod(), points)
                .id("points-for-" + name);
    }

    @Override
    public void move(MoveAddressRequest request, StreamObserver<MoveAddressResponse> answer) {
        work.answer(
                "CustomerService/Move",
                request.getFault(),
                MoveAddressResponse.getDefaultInstance(),
                answer,
                connection -> move(connection, request));
    }

    private static MoveAddressResponse move(Connection connection, MoveAddressRequest request) throws SQLException {
        int moved = Sql.update(
                connection,
                "update customer set address = ?, version = version + 1 where name = ? and version = ?",
                request.getAddress(),
                request.getName(),
                request.getExpectedVersion());
        if (moved == 0) {
            throw new Rejection("CHANGED_MEANWHILE", request.getName() + " does not have the expected version");
        }
        return MoveAddressResponse.newBuilder()
                .setVersion(request.getExpectedVersion() + 1)
                .build();
    }
}
