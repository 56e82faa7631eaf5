package dev.entente.shop.payments;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;

/** Starts the service with {@code payments.yaml}. */
@SpringBootApplication
public class PaymentsApplication {
    public static void main(String[] arguments) {
        new SpringApplicationBuilder(PaymentsApplication.class)
                .properties("spring.config.name=payments")
                .run(arguments);
    }
}
