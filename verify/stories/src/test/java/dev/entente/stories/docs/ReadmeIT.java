package dev.entente.stories.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.entente.rig.Ended;
import dev.entente.rig.Playground;
import dev.entente.rig.ServerJar;
import dev.entente.rig.Shop;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the console examples of README and compares their output with the page. */
final class ReadmeIT {
    private static final Path HOME = ServerJar.find().resolve("../../..").normalize();
    private static final Pattern FOR_GRPCURL = Pattern.compile("SubmitTransaction <<'J'\n(.*?)\nJ\n", Pattern.DOTALL);

    @TempDir
    private Path folder;

    @Test
    void every_console_example_prints_the_output_on_the_page() throws Exception {
        List<ConsoleExample> examples = ConsoleExample.read(HOME.resolve("README.md"));
        assertThat(examples).hasSizeGreaterThanOrEqualTo(3);
        try (Playground playground = Playground.open()) {
            Shop shop = playground.startSmallShop();
            String target = playground
                    .startCoordinator("demo", 0, 0, shop.targets(), Map.of())
                    .ready()
                    .grpc();
            for (ConsoleExample example : examples) {
                assertShown(example, run(example.command(), target));
            }
            assertThat(submit(requestForGrpcurl(), target)).isEqualTo(Transaction.State.SUCCEEDED);
        }
    }

    @Test
    void the_documented_test_command_equals_the_command_of_continuous_integration() throws IOException {
        assertThat(HOME.resolve("README.md")).content().contains("\nmvn -B verify ");
        assertThat(HOME.resolve(".ci/run")).content().contains("\nmvn -B verify ");
    }

    /** Returns the request that docs/cli.md passes to grpcurl. */
    private static SubmitTransactionRequest requestForGrpcurl() throws IOException {
        Matcher request = FOR_GRPCURL.matcher(Files.readString(HOME.resolve("docs/cli.md")));
        assertThat(request.find()).isTrue();
        SubmitTransactionRequest.Builder parsed = SubmitTransactionRequest.newBuilder();
        JsonFormat.parser().merge(request.group(1), parsed);
        return parsed.build();
    }

    private static Transaction.State submit(SubmitTransactionRequest request, String target) {
        ManagedChannel channel = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
                .build();
        try {
            return TransactionServiceGrpc.newBlockingStub(channel)
                    .submitTransaction(request)
                    .getTransaction()
                    .getState();
        } finally {
            channel.shutdownNow();
        }
    }

    private static void assertShown(ConsoleExample example, String printed) {
        ShownOutput shown = new ShownOutput(example.output());
        assertThat(shown.matches(printed))
                .as("%s%nexpected %s%nbut was%n%s", example.command(), shown, printed)
                .isTrue();
    }

    /**
     * Runs the command in its own folder, where {@code ./entente} calls the launcher of the checkout, like the first
     * run of a user. The returned output excludes standard error.
     */
    private String run(String command, String target) throws IOException {
        Path launcher = folder.resolve("entente");
        Files.writeString(
                launcher, "#!/bin/sh\nexec '" + HOME.resolve("entente").toAbsolutePath() + "' \"$@\"\n");
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", command).directory(folder.toFile());
        builder.environment()
                .putAll(Map.of(
                        "ENTENTE_TARGET",
                        target,
                        "ENTENTE_NO_BUILD",
                        "1",
                        "ENTENTE_JVM_ARGS",
                        "-XX:TieredStopAtLevel=1 -Duser.home=" + folder,
                        "JAVA_HOME",
                        System.getProperty("java.home")));
        return Ended.run(builder).out();
    }
}
