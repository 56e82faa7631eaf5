package dev.entente.shop.orders;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;

/** Starts the service with {@code orders.yaml}. */
@SpringBootApplication
public class OrdersApplication {
    public static void main(String[] arguments) {
        new SpringApplicationBuilder(OrdersApplication.class)
                .properties("spring.config.name=orders")
                .run(arguments);
    }
}
