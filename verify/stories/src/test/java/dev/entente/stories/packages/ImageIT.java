package dev.entente.stories.packages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Outcome;
import dev.entente.rig.ChildProcess;
import dev.entente.rig.CreatedToken;
import dev.entente.rig.Ended;
import dev.entente.rig.Readiness;
import dev.entente.stories.DebianPackages;
import dev.entente.stories.plans.HeldCalls;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image of {@code ./entente package}. Its processes run on a read-only root, as its configuration specifies. */
@Tag("deep")
@Tag("packages")
final class ImageIT {
    private static final String USER = "10001:10001";
    /** The arguments are the layers. */
    private static final String UNPACK = """
        cd /opt
        mkdir root
        for layer; do tar -xzf "image/$layer" -C root; done
        mkdir root/etc/entente/auth
        mount --bind root root
        mount -t proc proc root/proc
        mount --rbind /dev root/dev
        mount -t tmpfs -o mode=1777 tmpfs root/tmp
        mount --bind auth root/etc/entente/auth
        mount -o remount,bind,ro root
        """;

    @TempDir
    private static Path folder;

    private static Path image;
    private static List<JsonElement> descriptors;
    private static JsonObject config;
    private static String token;
    private static OutsideServices outside;
    private static CleanRoot root;

    @BeforeAll
    static void unpack() throws Exception {
        DebianPackages.require(List.of("util-linux"), "unshare", "--mount", "true");
        Path opt = Files.createDirectory(folder.resolve("opt"));
        image = Files.createDirectory(opt.resolve("image"));
        Path auth = Files.createDirectory(opt.resolve("auth"));
        token = CreatedToken.create(auth.resolve("tokens"), "shop", "submitter");
        String archive = BuiltPackages.find("-oci.tar").toString();
        succeed(Ended.run(List.of("tar", "-xf", archive, "-C", image.toString())));
        succeed(Ended.run(List.of("chown", "-R", USER, auth.toString())));
        descriptors = new ArrayList<>(list(json("index.json"), "manifests"));
        JsonObject manifest = json(path(descriptors.getFirst()));
        descriptors.add(manifest.get("config"));
        descriptors.addAll(list(manifest, "layers"));
        config = json(path(manifest.get("config")));
        outside = OutsideServices.start();
        root = CleanRoot.open(opt, folder);
        List<String> command = new ArrayList<>(List.of("sh", "-euc", UNPACK, "sh"));
        list(manifest, "layers").forEach(layer -> command.add(path(layer)));
        succeed(root.run(command.toArray(String[]::new)));
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
    void every_descriptor_matches_its_blob() throws Exception {
        List<String> unpacked = new ArrayList<>();
        for (JsonElement descriptor : descriptors) {
            Path blob = image.resolve(path(descriptor));
            assertThat(blob).hasSize(descriptor.getAsJsonObject().get("size").getAsLong());
            assertThat(digest(Files.newInputStream(blob))).isEqualTo(text(descriptor, "digest"));
            if (text(descriptor, "mediaType").endsWith("gzip")) {
                unpacked.add(digest(new GZIPInputStream(Files.newInputStream(blob))));
            }
        }
        assertThat(words(config.getAsJsonObject("rootfs"), "diff_ids")).isEqualTo(unpacked);
        // docker load reads manifest.json.
        assertThat(Files.readString(image.resolve("manifest.json")))
                .contains(descriptors.stream().skip(1).map(ImageIT::path).toList());
    }

    @Test
    void the_user_has_no_rights_and_both_address_families_respond() throws Exception {
        Map<String, String> settings = outside.settings("image");
        try (ChildProcess coordinator = start(settings)) {
            assertThat(Path.of("/proc/" + coordinator.pid() + "/status"))
                    .content()
                    .contains("Uid:\t10001\t10001\t10001\t10001", "CapEff:\t0000000000000000");
            assertThat(root.run("touch", "/opt/root/opt/file").err()).contains("Read-only file system");
            for (String address : List.of("127.0.0.1", "[::1]")) {
                String ready = "http://" + address + ":" + settings.get("http.port") + "/readyz";
                try (InputStream response = URI.create(ready).toURL().openStream()) {
                    assertThat(response).hasContent("ready\n");
                }
            }
        }
    }

    @Test
    void a_saga_finishes_after_kill_9_of_the_coordinator() throws Exception {
        Map<String, String> settings = outside.settings("image-killed");
        try (HeldCalls held = HeldCalls.hold();
                ChildProcess first = start(settings);
                Entente entente = client("[::1]", settings)) {
            OutsideServices.submit(entente, "image-killed", held);
            first.kill();
            try (ChildProcess _ = start(settings)) {
                held.release();
                assertThat(entente.transactions().await("image-killed", PatientAwaits.BOUND))
                        .isInstanceOf(Outcome.Succeeded.class);
            }
        }
    }

    /** The newer container is a second container of the image. */
    @Test
    void a_newer_container_takes_over_an_open_saga() throws Exception {
        Map<String, String> old = outside.settings("image-old");
        Map<String, String> settings = outside.settings("image-new");
        try (HeldCalls held = HeldCalls.hold();
                ChildProcess current = start(old);
                Entente entente = client("127.0.0.1", old)) {
            OutsideServices.submit(entente, "image-upgraded", held);
            try (ChildProcess _ = start(settings);
                    Entente other = client("127.0.0.1", settings)) {
                current.end(PatientAwaits.BOUND);
                await().until(() -> other.transactions()
                        .get("image-upgraded")
                        .getCoordinator()
                        .equals("image-new"));
                held.release();
                assertThat(other.transactions().await("image-upgraded", PatientAwaits.BOUND))
                        .isInstanceOf(Outcome.Succeeded.class);
            }
        }
    }

    /** Starts a coordinator that listens as in deploy/kubernetes.yaml. Blocks until it is ready. */
    private static ChildProcess start(Map<String, String> settings) throws Exception {
        JsonObject process = config.getAsJsonObject("config");
        List<String> words = new ArrayList<>(words(process, "Env"));
        words.addAll(List.of("/usr/sbin/chroot", "--userspec=" + text(process, "User"), "--groups=", "/opt/root"));
        words.addAll(words(process, "Entrypoint"));
        words.addAll(words(process, "Cmd"));
        words.add("--json");
        List<String> lines = new ArrayList<>(outside.participants());
        settings.forEach((key, value) -> lines.add(key + ": " + value));
        lines.addAll(List.of("grpc.bind: 0.0.0.0", "http.bind: 0.0.0.0", "database.migrate: true"));
        lines.add("grpc.advertise: [127.0.0.1]:" + settings.get("grpc.port"));
        lines.add("auth.tokenFile: /etc/entente/auth/tokens");
        lines.forEach(line -> words.addAll(List.of("--set", line.replaceFirst(": ", "="))));
        String node = Objects.requireNonNull(settings.get("node"));
        List<String> command = root.command(words.toArray(String[]::new));
        ChildProcess coordinator = ChildProcess.start(node, command, Map.of(), folder.resolve(node + ".log"));
        coordinator.awaitFirstLine(Readiness.limit());
        return coordinator;
    }

    private static Entente client(String address, Map<String, String> settings) {
        return Entente.builder(address + ":" + settings.get("grpc.port"))
                .bearerToken(token)
                .build();
    }

    private static void succeed(Ended ended) {
        assertThat(ended.exit()).as(ended.output()).isZero();
    }

    private static JsonObject json(String file) throws IOException {
        return JsonParser.parseString(Files.readString(image.resolve(file))).getAsJsonObject();
    }

    private static String text(JsonElement object, String name) {
        return object.getAsJsonObject().get(name).getAsString();
    }

    private static List<JsonElement> list(JsonObject object, String name) {
        return object.getAsJsonArray(name).asList();
    }

    private static List<String> words(JsonObject object, String name) {
        return list(object, name).stream().map(JsonElement::getAsString).toList();
    }

    /** Returns the path of a descriptor's blob. */
    private static String path(JsonElement descriptor) {
        return "blobs/" + text(descriptor, "digest").replace(':', '/');
    }

    private static String digest(InputStream content) throws Exception {
        try (content) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.readAllBytes());
            return "sha256:" + HexFormat.of().formatHex(digest);
        }
    }
}
