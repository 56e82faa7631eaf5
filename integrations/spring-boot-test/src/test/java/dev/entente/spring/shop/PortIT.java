package dev.entente.spring.shop;

import dev.entente.backends.PostgresServer;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** Runs the scenarios against the service's HTTP port, with PostgreSQL. */
@SpringBootTest(
        classes = StockApplication.class,
        webEnvironment = WebEnvironment.RANDOM_PORT,
        properties = {
            "spring.application.name=stock",
            "entente.barrier.create-table=true",
            "server.servlet.context-path=/shop"
        })
final class PortIT extends CheckoutScenarios {
    @DynamicPropertySource
    static void database(DynamicPropertyRegistry properties) {
        database(properties, PostgresServer.start().url("postgres"));
    }
}
