package dev.entente.lab.judge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.demo.ShopService;
import dev.entente.rig.Playground;
import dev.entente.rig.Shop;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import shop.v1.ChargeRequest;
import shop.v1.PaymentServiceGrpc;

/** The participants as processes on the embedded database. */
final class ShopIT {
    private static Playground playground;
    private static Shop shop;
    private static Books books;

    @BeforeAll
    static void start() throws Exception {
        playground = Playground.open();
        shop = playground.startSmallShop();
        books = new Books(playground.database());
    }

    @AfterAll
    static void stop() {
        playground.close();
    }

    @Test
    void a_participant_that_was_killed_comes_back_on_its_port_with_its_data() throws Exception {
        String target = shop.target(ShopService.PAYMENT);
        charge(target);
        shop.kill(ShopService.PAYMENT);
        shop.restart(ShopService.PAYMENT);
        assertThat(shop.targets()).containsEntry("payment", target).hasSize(ShopService.values().length);
        charge(target);
        assertThat(books.number(ShopService.PAYMENT, "select opening_cents - cents from account where id = 'alice'"))
                .isEqualTo(200);
        assertThat(new ShopInvariants(books).all())
                .filteredOn(invariant -> !invariant.holds())
                .isEmpty();
    }

    @Test
    void a_participant_that_lies_breaks_no_law_of_its_own_books_but_does_nothing() throws Exception {
        Shop liar = playground.startShop(Set.of(ShopService.PAYMENT), Set.of(ShopService.PAYMENT));
        long before = books.number(ShopService.PAYMENT, "select count(*) from payment");
        charge(liar.target(ShopService.PAYMENT));
        assertThat(books.number(ShopService.PAYMENT, "select count(*) from payment"))
                .isEqualTo(before);
        assertThat(new ShopInvariants(books).all()).allMatch(Invariant::holds);
    }

    @Test
    void the_embedded_database_keeps_what_it_acknowledged_until_it_is_closed() throws Exception {
        Path folder;
        try (Playground alone = Playground.open();
                Connection connection = alone.database().connect(Playground.COORDINATOR_DATABASE);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "select current_setting('fsync'), current_setting('synchronous_commit')")) {
            folder = alone.folder();
            row.next();
            assertThat(row.getString(1)).isEqualTo("on");
            assertThat(row.getString(2)).isEqualTo("on");
            assertThat(Files.isDirectory(folder.resolve("postgres"))).isTrue();
        }
        assertThat(folder).doesNotExist();
    }

    private static void charge(String target) {
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(target).usePlaintext().build();
        try {
            PaymentServiceGrpc.newBlockingStub(channel)
                    .withWaitForReady()
                    .charge(ChargeRequest.newBuilder()
                            .setAccount("alice")
                            .setCents(100)
                            .build());
        } finally {
            channel.shutdownNow();
        }
    }
}
