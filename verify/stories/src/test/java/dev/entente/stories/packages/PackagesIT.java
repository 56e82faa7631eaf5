package dev.entente.stories.packages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.LoopbackPorts;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.rig.ChildProcess;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.Ended;
import dev.entente.rig.Playground;
import dev.entente.rig.Readiness;
import dev.entente.rig.Ready;
import dev.entente.rig.Shop;
import dev.entente.stories.DebianPackages;
import dev.entente.stories.judge.Customers;
import dev.entente.stories.judge.Databases;
import dev.entente.stories.plans.HeldCalls;
import dev.entente.stories.plans.Purchase;
import dev.entente.v1.BranchStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The package of {@code ./entente package}, unpacked on a system without Java and without a checkout. The database and
 * the participants run outside.
 */
@Tag("deep")
@Tag("packages")
final class PackagesIT {
    private static final Path HOME = Path.of(System.getProperty("entente.home"));
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
    private static Playground playground;
    private static Shop shop;
    private static CleanRoot root;

    @BeforeAll
    static void install() throws Exception {
        DebianPackages.require(List.of("util-linux"), "unshare", "--mount", "true");
        opt = Files.createDirectory(folder.resolve("opt"));
        Path archive = Files.copy(archive(), opt.resolve("entente.tar.gz"));
        playground = Playground.open();
        shop = playground.startSmallShop();
        Customers.open(new Databases(playground.database()));
        root = playground.keep(CleanRoot.open(opt, folder));
        String found = "command -v java || command -v mvn || ls -d /usr/lib/jvm/* \"$0\"/*";
        assertThat(root.run("sh", "-c", found, HOME.toString()).out()).isEmpty();
        Ended unpacked = root.run("sh", "-euc", UNPACK);
        assertThat(unpacked.exit()).as(unpacked.output()).isZero();
        Files.delete(archive);
    }

    /** Creates the package from the jars of this build. */
    private static Path archive() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(HOME.resolve("entente").toString(), "package");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("ENTENTE_NO_BUILD", "1");
        builder.environment().remove("ENTENTE_JVM_ARGS");
        Ended created = Ended.run(builder);
        assertThat(created.exit()).as(created.output()).isZero();
        System.out.println("figures: " + created.err().strip());
        Path packages = HOME.resolve("target/packages");
        Ended sums = Ended.run(new ProcessBuilder("sha256sum", "--check", "SHA256SUMS").directory(packages.toFile()));
        assertThat(sums.exit()).as(sums.output()).isZero();
        return packages.resolve(sums.out().substring(0, sums.out().indexOf(':')));
    }

    @AfterAll
    static void stop() {
        if (playground != null) {
            playground.close();
        }
    }

    @Test
    void the_program_runs_through_a_link_and_uses_the_moved_cache() throws Exception {
        Files.createSymbolicLink(opt.resolve("link"), Path.of(CURRENT, "bin", "entente"));
        Ended version = root.run("/opt/link", "--version");
        assertThat(version.exit()).as(version.output()).isZero();
        assertThat(version.out()).contains("0.1.0");
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
        Path connector = HOME.resolve("integrations/kafka-connector/target/connectors/entente-connector-kafka.jar");
        Path connectors = Files.createDirectory(opt.resolve(CURRENT).resolve("lib/connectors"));
        Files.copy(connector, connectors.resolve(connector.getFileName()));
        configure("killed", "participants.events.target: kafka://127.0.0.1:1");
        try (HeldCalls held = HeldCalls.hold();
                ChildProcess first = start(CURRENT, "killed");
                Entente entente = client(first)) {
            submit(entente, "killed", held);
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
            submit(entente, "upgraded", held);
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

    /** Writes the configuration of a node. The ports are fixed, because a restart must use the same ports. */
    private static void configure(String node, String... more) throws IOException {
        List<String> lines = new ArrayList<>(List.of(
                "node: " + node,
                "grpc.port: " + LoopbackPorts.next(),
                "http.port: " + LoopbackPorts.next(),
                "database.url: " + playground.database().url(Playground.COORDINATOR_DATABASE),
                "database.user: " + EmbeddedDatabase.USER,
                "database.migrate: true",
                "drain: 1s"));
        shop.targets().forEach((name, target) -> lines.add("participants." + name + ".target: " + target));
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

    /** Submits a purchase, and blocks until the participant holds the charge. */
    private static void submit(Entente entente, String gid, HeldCalls held) {
        new Purchase(gid, Customers.account(0), Customers.sku(0), 1, 100, Map.of("charge", held.fault()))
                .saga(entente)
                .timeout(Duration.ofHours(1))
                .submit();
        await().until(() -> entente.transactions().get(gid).getBranchesList().stream()
                .anyMatch(branch -> branch.getId().equals("charge") && branch.getState() == BranchStatus.State.CALLED));
    }
}
