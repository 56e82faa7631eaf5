package dev.entente.stories.packages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.rig.ChildProcess;
import dev.entente.rig.Ended;
import dev.entente.rig.Readiness;
import dev.entente.rig.Ready;
import dev.entente.stories.DebianPackages;
import dev.entente.stories.plans.HeldCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tar archive of {@code ./entente package}, unpacked on a system without Java and without a checkout. */
@Tag("deep")
@Tag("packages")
final class PackagesIT {
    private static final String CLIENT = "io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder ";
    private static final int EXIT_UNAVAILABLE = 3;
    private static final String CURRENT = "current";
    private static final String NEWER = "newer";
    /** Unpacks two copies in folders with a blank and an umlaut. ASCII links name them in any locale of this test. */
    private static final String UNPACK = """
        cd /opt
        for name in current newer; do
          folder=$(printf 'f\\303\\274r alle, %s' $name)
          mkdir "$folder"
          tar -xzf entente.tar.gz --strip-components=1 -C "$folder"
          ln -s "$folder" $name
        done
        """;

    @TempDir
    private static Path folder;

    private static Path opt;
    private static OutsideServices outside;
    private static CleanRoot root;

    @BeforeAll
    static void install() throws Exception {
        DebianPackages.require(List.of("util-linux"), "unshare", "--mount", "true");
        opt = Files.createDirectory(folder.resolve("opt"));
        Path archive = Files.copy(BuiltPackages.find(".tar.gz"), opt.resolve("entente.tar.gz"));
        outside = OutsideServices.start();
        root = CleanRoot.open(opt, folder);
        String found = "command -v java || command -v mvn || ls -d /usr/lib/jvm/* \"$0\"/*";
        assertThat(root.run("sh", "-c", found, BuiltPackages.HOME.toString()).out())
                .isEmpty();
        Ended unpacked = root.run("sh", "-euc", UNPACK);
        assertThat(unpacked.exit()).as(unpacked.output()).isZero();
        Files.delete(archive);
    }

    @AfterAll
    static void stop() throws IOException {
        if (root != null) {
            root.close();
        }
        if (outside != null) {
            outside.close();
        }
    }

    @Test
    void the_program_runs_through_a_link_and_uses_the_moved_cache() throws Exception {
        Files.createSymbolicLink(opt.resolve("link"), Path.of(CURRENT, "bin", "entente"));
        Ended version = root.run("/opt/link", "--version");
        assertThat(version.exit()).as(version.output()).isZero();
        String archive = BuiltPackages.find(".tar.gz").getFileName().toString();
        assertThat(version.out().strip()).isEqualTo("entente " + archive.replaceFirst("^entente-(.*)-linux-.*", "$1"));
        assertThat(version.err()).isEmpty();
        Ended list = root.run(
                "ENTENTE_JVM_ARGS=-Xlog:class+load:file=/opt/classes.log",
                "/opt/link",
                "tx",
                "list",
                "--target",
                "127.0.0.1:1");
        assertThat(list.exit()).as(list.output()).isEqualTo(EXIT_UNAVAILABLE);
        assertThat(Files.readAllLines(opt.resolve("classes.log")))
                .filteredOn(line -> line.contains(CLIENT))
                .singleElement()
                .asString()
                .contains("shared objects file");
    }

    @Test
    void a_saga_finishes_after_kill_9_of_the_coordinator() throws Exception {
        Path connector = BuiltPackages.HOME.resolve(
                "integrations/kafka-connector/target/connectors/entente-connector-kafka.jar");
        Path connectors = Files.createDirectory(opt.resolve(CURRENT).resolve("lib/connectors"));
        Files.copy(connector, connectors.resolve(connector.getFileName()));
        configure("killed", "participants.events.target: kafka://127.0.0.1:1");
        try (HeldCalls held = HeldCalls.hold();
                ChildProcess first = start(CURRENT, "killed");
                Entente entente = client(first)) {
            OutsideServices.submit(entente, "killed", held);
            first.kill();
            try (ChildProcess _ = start(CURRENT, "killed")) {
                held.release();
                assertThat(entente.transactions().await("killed", PatientAwaits.BOUND))
                        .isInstanceOf(Outcome.Succeeded.class);
            }
        }
    }

    /** The newer package is a second copy of the package. */
    @Test
    void a_newer_package_beside_takes_over_an_open_saga() throws Exception {
        configure("old");
        configure("new");
        try (HeldCalls held = HeldCalls.hold();
                ChildProcess current = start(CURRENT, "old");
                Entente entente = client(current)) {
            OutsideServices.submit(entente, "upgraded", held);
            try (ChildProcess newer = start(NEWER, "new");
                    Entente other = client(newer)) {
                current.end(PatientAwaits.BOUND);
                await().until(() ->
                        other.transactions().get("upgraded").getCoordinator().equals("new"));
                held.release();
                assertThat(other.transactions().await("upgraded", PatientAwaits.BOUND))
                        .isInstanceOf(Outcome.Succeeded.class);
            }
        }
    }

    private static void configure(String node, String... more) throws IOException {
        List<String> lines = new ArrayList<>(outside.participants());
        outside.settings(node).forEach((key, value) -> lines.add(key + ": " + value));
        lines.add("database.migrate: true");
        lines.addAll(List.of(more));
        Files.write(opt.resolve(node + ".yaml"), lines);
    }

    /** Starts the coordinator of a package. Blocks until it is ready. */
    private static ChildProcess start(String home, String node) throws Exception {
        List<String> command =
                root.command("/opt/" + home + "/bin/entente", "server", "--json", "--config", "/opt/" + node + ".yaml");
        ChildProcess coordinator = ChildProcess.start(node, command, Map.of(), folder.resolve(node + ".log"));
        coordinator.awaitFirstLine(Readiness.limit());
        return coordinator;
    }

    private static Entente client(ChildProcess coordinator) throws InterruptedException {
        return Entente.builder(Ready.parse(coordinator.awaitFirstLine(Readiness.limit()))
                        .grpc())
                .build();
    }
}
