package dev.entente.spring.shop;

import dev.entente.backends.MariaServer;
import java.io.IOException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Runs the scenarios through MockMvc, without a port and with MariaDB. */
@AutoConfigureMockMvc
@DirtiesContext
final class MockMvcIT extends CheckoutScenarios {
    private static final AtomicReference<MariaServer> MARIA = new AtomicReference<>();

    @DynamicPropertySource
    static void database(DynamicPropertyRegistry properties) throws IOException, SQLException {
        MariaServer maria = MariaServer.started();
        MARIA.set(maria);
        try (var connection = DriverManager.getConnection(maria.url(""));
                var statement = connection.createStatement()) {
            statement.execute("create database stock");
        }
        database(properties, maria.url("stock"));
    }

    @AfterAll
    static void stop() {
        MARIA.get().close();
    }
}
