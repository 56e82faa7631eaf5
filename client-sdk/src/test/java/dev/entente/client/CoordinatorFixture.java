package dev.entente.client;

import java.io.IOException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;

/** A client of a coordinator that keeps transactions in memory, over a real connection. */
abstract class CoordinatorFixture {
    final FakeCoordinator coordinator = new FakeCoordinator();
    final Loopback server = new Loopback(coordinator);
    final Entente entente;
    final Transactions transactions;

    CoordinatorFixture() throws IOException {
        this(UnaryOperator.identity());
    }

    CoordinatorFixture(UnaryOperator<Entente.Builder> settings) throws IOException {
        entente = settings.apply(server.client()).build();
        transactions = entente.transactions();
    }

    @AfterEach
    void close() {
        entente.close();
        server.close();
    }
}
