package dev.entente.stories.packages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.rig.Ended;
import dev.entente.stories.DebianPackages;
import dev.entente.stories.plans.HeldCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The .deb of {@code ./entente package}, installed on a system without Java, where systemd runs it. */
@Tag("deep")
@Tag("packages")
final class DebianPackageIT {
    private static final String PROBE = """
        systemd-analyze --version
        adduser --version
        findmnt -t cgroup2
        unshare --mount --pid --cgroup --ipc --uts --fork true
        """;
    /** Installs a package with equal content and a higher version. */
    private static final String UPGRADE = """
        dpkg-deb -R /opt/entente.deb /opt/newer
        sed -i 's/^Version: .*/Version: 9.0/' /opt/newer/DEBIAN/control
        dpkg-deb -Znone -b /opt/newer /opt/newer.deb
        dpkg -i /opt/newer.deb
        """;

    private static OutsideServices outside;

    @TempDir
    private Path folder;

    private Path opt;
    private CleanRoot root;

    @BeforeAll
    static void start() throws Exception {
        DebianPackages.require(List.of("adduser", "systemd", "util-linux"), "sh", "-euc", PROBE);
        outside = OutsideServices.start();
    }

    @AfterAll
    static void stop() {
        if (outside != null) {
            outside.close();
        }
    }

    @BeforeEach
    void install() throws Exception {
        opt = Files.createDirectory(folder.resolve("opt"));
        Files.copy(BuiltPackages.find(".deb"), opt.resolve("entente.deb"));
        root = CleanRoot.boot(opt, folder);
        shell("dpkg -i /opt/entente.deb");
    }

    @AfterEach
    void discard() throws IOException {
        if (root != null) {
            root.close();
        }
    }

    @Test
    void an_installation_starts_no_service_and_protects_the_configuration() throws Exception {
        assertThat(property("ActiveState")).isEqualTo("inactive");
        assertThat(shell("stat -c '%U:%G %a' /etc/entente /etc/entente/entente.yaml"))
                .isEqualTo("root:entente 750\nroot:entente 640");
        String exposure = shell("systemd-analyze security --no-pager --threshold=12 entente.service");
        System.out.println(
                "figures: " + exposure.lines().reduce((_, last) -> last).orElseThrow());
    }

    @Test
    void systemd_restarts_a_killed_coordinator_and_its_saga_finishes() throws Exception {
        try (HeldCalls held = HeldCalls.hold();
                Entente entente = serve("deb-killed")) {
            OutsideServices.submit(entente, "deb-killed", held);
            shell("systemctl kill --signal=KILL entente");
            held.release();
            assertThat(entente.transactions().await("deb-killed", PatientAwaits.BOUND))
                    .isInstanceOf(Outcome.Succeeded.class);
            assertThat(property("NRestarts")).isEqualTo("1");
        }
    }

    @Test
    void an_upgrade_restarts_the_coordinator_which_continues_a_saga() throws Exception {
        try (HeldCalls held = HeldCalls.hold();
                Entente entente = serve("deb-upgraded")) {
            OutsideServices.submit(entente, "deb-upgraded", held);
            String before = property("MainPID");
            shell(UPGRADE);
            held.release();
            assertThat(entente.transactions().await("deb-upgraded", PatientAwaits.BOUND))
                    .isInstanceOf(Outcome.Succeeded.class);
            assertThat(shell("dpkg-query --show --showformat='${Version}' entente"))
                    .isEqualTo("9.0");
            assertThat(property("MainPID")).isNotEqualTo(before);
            assertThat(property("NRestarts")).isEqualTo("0");
        }
    }

    @Test
    void a_removal_stops_the_coordinator_and_a_purge_deletes_its_files() throws Exception {
        try (Entente _ = serve("deb-removed")) {
            shell("dpkg -L entente | grep entente >/opt/files");
            shell("ls /etc/systemd/system/*.wants/entente.service >>/opt/files");
            shell("dpkg --remove entente");
            assertThat(property("ActiveState")).isEqualTo("inactive");
            assertThat(shell("ls /etc/entente /usr/lib/entente 2>&1 || true"))
                    .contains("entente.yaml", "environment", "cannot access '/usr/lib/entente'");
            shell("dpkg --purge entente");
            assertThat(shell("xargs -a /opt/files ls -d 2>/dev/null || true")).isEmpty();
        }
    }

    @Test
    void lintian_reports_only_explained_tags() throws Exception {
        DebianPackages.require(List.of("lintian"), "lintian", "--version");
        Ended checked = root.run("lintian", "--allow-root", "--fail-on", "error,warning", "/opt/entente.deb");
        assertThat(checked.exit()).as(checked.output()).isZero();
        assertThat(checked.out()).isEmpty();
    }

    /** Configures, enables and starts the service. Blocks until it responds. */
    private Entente serve(String node) throws IOException {
        Map<String, String> settings = outside.settings(node);
        Files.write(
                opt.resolve("environment"),
                settings.entrySet().stream()
                        .map(setting -> variable(setting.getKey()) + "=" + setting.getValue())
                        .toList());
        Files.write(opt.resolve("participants"), outside.participants());
        shell("cp /opt/environment /etc/entente && cat /opt/participants >>/etc/entente/entente.yaml");
        shell("systemctl enable --now entente");
        String target = "127.0.0.1:" + settings.get("grpc.port");
        await().until(() ->
                root.run("entente", "tx", "list", "--target", target).exit() == 0);
        return Entente.builder(target).build();
    }

    private static String variable(String setting) {
        return "ENTENTE_" + setting.replace('.', '_').toUpperCase(Locale.ROOT);
    }

    private String property(String name) throws IOException {
        return shell("systemctl show --value --property=" + name + " entente");
    }

    /** Runs a script that must succeed, and returns its output. Blocks. */
    private String shell(String script) throws IOException {
        Ended ended = root.run("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "sh", "-euc", script);
        assertThat(ended.exit()).as("%s: %s", script, ended.output()).isZero();
        return ended.out().strip();
    }
}
