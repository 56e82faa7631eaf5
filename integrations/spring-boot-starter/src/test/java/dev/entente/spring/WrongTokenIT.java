package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.CreatedToken;
import dev.entente.rig.RigCoordinator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Tests the errors of applications with a token that a real coordinator refuses. */
@ExtendWith(OutputCaptureExtension.class)
final class WrongTokenIT {
    @TempDir
    private static Path folder;

    private static RigCoordinator coordinator;
    private static String submitter;
    private static String viewer;

    @BeforeAll
    static void start() throws Exception {
        Path tokens = folder.resolve("tokens");
        submitter = CreatedToken.create(tokens, "shop", "submitter");
        viewer = CreatedToken.create(tokens, "desk", "viewer");
        coordinator = TestDatabase.playground()
                .startCoordinator("node-1", 0, 0, Map.of(), Map.of("auth.tokenFile", tokens.toString()));
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    private static ApplicationContextRunner with(String... properties) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        EntenteAutoConfiguration.class,
                        EntenteAnnotationsAutoConfiguration.class,
                        EntenteGrpcAutoConfiguration.class,
                        EntenteHealthAutoConfiguration.class))
                .withPropertyValues("entente.target=" + coordinator.ready().grpc())
                .withPropertyValues(properties);
    }

    /** Waits, because the first probes may run before a connection exists. */
    private static void assertHealth(Status status, String error, String... properties) {
        with(properties).run(context -> {
            HealthIndicator health = context.getBean("ententeCoordinatorHealthIndicator", HealthIndicator.class);
            Awaitility.await().untilAsserted(() -> {
                Health reported = Objects.requireNonNull(health.health());
                assertThat(reported.getStatus()).isEqualTo(status);
                assertThat(reported.getDetails()).containsEntry("canSubmit", status.equals(Status.UP));
                assertThat(String.valueOf(reported.getDetails().get("error"))).contains(error);
            });
        });
    }

    @Test
    void the_health_is_down_with_advice_for_a_token_that_may_not_submit() throws IOException {
        assertHealth(Status.DOWN, "ENT-060");
        assertHealth(
                Status.DOWN, "set a valid token by entente.token-file or entente.token", "entente.token=none-such");
        assertHealth(Status.DOWN, "--role submitter", "entente.token=" + viewer);
        assertHealth(Status.UP, "null", "entente.token=" + submitter);
        Path marked = Files.writeString(folder.resolve("marked"), "\uFEFF" + submitter + "\r\n"); // as Notepad saves it
        assertHealth(Status.UP, "null", "entente.token-file=" + marked);
    }

    @Test
    void a_refused_announcement_is_logged_as_a_warning_with_advice(CapturedOutput output) {
        for (String token : new String[] {"none-such", submitter}) {
            with("entente.token=" + token, "entente.participant.name=stock", "entente.grpc.port=0")
                    .run(context -> Awaitility.await()
                            .until(() -> !context.getBean(ParticipantAnnouncement.class)
                                    .isRunning()));
        }
        assertThat(output.getAll().lines().filter(line -> line.contains("not announced to the coordinator")))
                .hasSize(2)
                .allMatch(line -> line.contains("WARN") && line.contains("participants.stock.target"))
                .anyMatch(line -> line.contains("ENT-060") && line.contains("entente.token-file"))
                .anyMatch(line -> line.contains("ENT-061"));
    }
}
