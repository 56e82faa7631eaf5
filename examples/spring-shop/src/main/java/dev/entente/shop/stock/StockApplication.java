package dev.entente.shop.stock;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;

/** Starts the service with {@code stock.yaml}. */
@SpringBootApplication
public class StockApplication {
    public static void main(String[] arguments) {
        new SpringApplicationBuilder(StockApplication.class)
                .properties("spring.config.name=stock")
                .run(arguments);
    }
}
