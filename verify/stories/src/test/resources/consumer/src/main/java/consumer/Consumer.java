package consumer;

import dev.entente.client.Entente;
import java.time.Duration;
import java.util.Objects;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** Runs one saga, and ends. */
@SpringBootApplication
public class Consumer {
    /** The first argument is the platform of the Java runtime. */
    public static void main(String[] arguments) {
        Objects.requireNonNull(Consumer.class.getResource("/dev/entente/runtime/" + arguments[0] + "/bin/java"));
        try (ConfigurableApplicationContext context = SpringApplication.run(Consumer.class, arguments)) {
            Entente entente = context.getBean(Entente.class);
            entente.saga("purchase")
                    .step("charge", entente.participant("wallet").post("/charges"), charge -> charge.nothingToUndo())
                    .submitAndWait(Duration.ofMinutes(1))
                    .orThrow();
        }
    }
}
