package dev.entente.spring.shop;

import com.google.protobuf.StringValue;
import dev.entente.backends.PostgresServer;
import dev.entente.client.Call;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Runs the scenarios against the service's gRPC server. */
@SpringBootTest(
        classes = StockApplication.class,
        webEnvironment = WebEnvironment.NONE,
        properties = {"entente.participant.name=stock", "entente.barrier.create-table=true", "entente.grpc.port=0"})
final class GrpcIT extends CheckoutScenarios {
    @DynamicPropertySource
    static void database(DynamicPropertyRegistry properties) {
        database(properties, PostgresServer.start().url("postgres"));
    }

    @Override
    Call<?> reserve(String order) {
        return entente.participant("stock").call(StockApplication.RESERVE, StringValue.of(order));
    }

    @Override
    Call<?> release(String order) {
        return entente.participant("stock").call(StockApplication.RELEASE, StringValue.of(order));
    }
}
