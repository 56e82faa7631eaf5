package dev.entente.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.participant.TestDatabase;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import shop.v1.Order;
import shop.v1.OrderServiceGrpc;

/** Tests marks on a service whose rpc names protoc changes for Java, and on subclasses of the service. */
class IdempotentMarksTest {
    private static final Metadata.Key<String> KEY =
            Metadata.Key.of("idempotency-key", Metadata.ASCII_STRING_MARSHALLER);

    private final JdbcKeyStore store = store();
    private final IdempotencyKeys keys = IdempotencyKeys.in(store).required();
    private final List<String> ran = new ArrayList<>();
    private Server server;
    private ManagedChannel channel;

    private static JdbcKeyStore store() {
        var database = TestDatabase.schema("idempotent_marks");
        return TestDatabase.isMariadb() ? JdbcKeyStore.mariadb(database) : JdbcKeyStore.postgres(database);
    }

    @BeforeEach
    void start() throws Exception {
        store.createTable();
        serve(new Orders());
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }

    private void serve(Orders service) throws Exception {
        server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(IdempotencyInterceptor.on(service, keys))
                .build()
                .start();
        channel = Grpc.newChannelBuilder("localhost:" + server.getPort(), InsecureChannelCredentials.create())
                .build();
    }

    private class Orders extends OrderServiceGrpc.OrderServiceImplBase {
        @Idempotent
        @Override
        public void placeOrder(Order order, StreamObserver<Order> answer) {
            done("place_order", answer);
        }

        @Idempotent
        @Override
        public void import_(Order order, StreamObserver<Order> answer) {
            done("Import", answer);
        }

        @Idempotent
        @Override
        public void ship(Order order, StreamObserver<Order> answer) {
            done("Ship", answer);
        }

        private void done(String rpc, StreamObserver<Order> answer) {
            ran.add(rpc);
            answer.onNext(Order.newBuilder().setId(rpc + ran.size()).build());
            answer.onCompleted();
        }
    }

    /** Overrides methods like a framework's proxy. Annotations of methods are not inherited. */
    private final class Proxied extends Orders {
        @Override
        public void placeOrder(Order order, StreamObserver<Order> answer) {
            super.placeOrder(order, answer);
        }

        @Override
        public void import_(Order order, StreamObserver<Order> answer) {
            super.import_(order, answer);
        }
    }

    private static final class MarksAStream extends OrderServiceGrpc.OrderServiceImplBase {
        @Idempotent
        @Override
        public void ship(Order order, StreamObserver<Order> answer) {}

        @Idempotent
        @Override
        public void watch(Order order, StreamObserver<Order> answer) {}
    }

    private static final class MarksNoRpc extends OrderServiceGrpc.OrderServiceImplBase {
        @Idempotent
        @Override
        public void ship(Order order, StreamObserver<Order> answer) {
            ship_(answer);
        }

        @Idempotent
        private void ship_(StreamObserver<Order> answer) {
            answer.onCompleted();
        }
    }

    private static final class MarksAnOverload extends OrderServiceGrpc.OrderServiceImplBase {
        @Idempotent
        void ship(String id) {}
    }

    private static final class MarksAStatic extends OrderServiceGrpc.OrderServiceImplBase {
        @Idempotent
        static void placeOrder() {}
    }

    @Test
    void a_mark_applies_to_its_rpc_with_any_generated_java_name() {
        assertGuarded();
    }

    @Test
    void a_mark_applies_to_a_proxy_that_overrides_the_method() throws Exception {
        stop();
        serve(new Proxied());
        assertGuarded();
    }

    private void assertGuarded() {
        for (int i = 0; i < 2; i++) {
            var keyed = OrderServiceGrpc.newBlockingStub(keyed());
            assertThat(keyed.withWaitForReady().placeOrder(order("1")).getId()).isEqualTo("place_order1");
            assertThatThrownBy(() -> keyed.import_(order("1"))).hasMessageContaining("FAILED_PRECONDITION");
            assertThatThrownBy(() -> keyed.ship(order("1"))).hasMessageContaining("FAILED_PRECONDITION");
        }
        var without = OrderServiceGrpc.newBlockingStub(channel);
        assertThatThrownBy(() -> without.placeOrder(order("1"))).hasMessageContaining("INVALID_ARGUMENT");
        assertThatThrownBy(() -> without.import_(order("1"))).hasMessageContaining("INVALID_ARGUMENT");
        assertThatThrownBy(() -> without.ship(order("1"))).hasMessageContaining("INVALID_ARGUMENT");
        assertThat(ran).containsExactly("place_order");
    }

    @Test
    void a_mark_that_belongs_to_no_unary_rpc_is_refused() {
        assertThatThrownBy(() -> IdempotencyInterceptor.on(new MarksAStream(), keys))
                .hasMessageContaining("watch")
                .hasMessageContaining("is not a unary RPC of shop.v1.OrderService");
        assertThatThrownBy(() -> IdempotencyInterceptor.on(new MarksNoRpc(), keys))
                .hasMessageContaining("ship_")
                .hasMessageContaining("import_, placeOrder, ship");
        assertThatThrownBy(() -> IdempotencyInterceptor.on(new MarksAnOverload(), keys))
                .hasMessageContaining("ship(java.lang.String)");
        assertThatThrownBy(() -> IdempotencyInterceptor.on(new MarksAStatic(), keys))
                .hasMessageContaining("placeOrder()");
    }

    @Test
    void the_order_of_map_entries_does_not_change_the_request() {
        var keyed = OrderServiceGrpc.newBlockingStub(keyed());
        Order one = Order.newBuilder().putItems("tea", "1").putItems("cup", "2").build();
        Order other =
                Order.newBuilder().putItems("cup", "2").putItems("tea", "1").build();
        assertThat(one.toByteString()).isNotEqualTo(other.toByteString());
        assertThat(keyed.ship(one)).isEqualTo(keyed.ship(other));
        assertThat(ran).containsExactly("Ship");
    }

    private static Order order(String id) {
        return Order.newBuilder().setId(id).build();
    }

    private Channel keyed() {
        Metadata headers = new Metadata();
        headers.put(KEY, "k-1");
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }
}
