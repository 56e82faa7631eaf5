package dev.entente.server.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.server.telemetry.LogLines;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Changes of a token file while a coordinator runs. */
class TokenFileTest {
    @RegisterExtension
    final LogLines log = new LogLines(TokenFile.class);

    @TempDir
    private Path folder;

    private final Metrics metrics = Metrics.withoutJvm();
    private final AtomicLong nanos = new AtomicLong();
    private Instant now = Instant.parse("2026-11-23T12:00:00Z");
    private Path file;
    private Tokens.Created shop;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("tokens");
        shop = Tokens.none().create("shop", Set.of(Access.SUBMITTER), null, null);
        shop.tokens().write(file);
    }

    private TokenFile open(Path path) throws IOException {
        return TokenFile.open(path, new TokenFile.Times(() -> now, nanos::get), metrics);
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private void append(Path to) throws IOException {
        String hash = shop.tokens().all().getFirst().hash();
        Files.write(to, List.of("twin viewer " + hash), StandardOpenOption.APPEND);
    }

    @Test
    void a_byte_order_mark_is_not_part_of_the_first_name() throws IOException {
        Files.writeString(
                file,
                "\uFEFF" + "shop submitter " + shop.tokens().all().getFirst().hash() + "\r\n");
        assertThat(Tokens.read(file).all()).extracting(Tokens.Token::name).containsExactly("shop");
    }

    @Test
    void a_change_report_names_added_removed_and_changed_tokens() throws IOException {
        TokenFile tokens = open(file);
        List<String> reported = new ArrayList<>();
        tokens.whenChanged(reported::add);
        Tokens.Created ops = shop.tokens().create("ops", Set.of(Access.OPERATOR), null, null);
        ops.tokens().write(file);
        tokens.refresh();
        ops.tokens()
                .without("shop")
                .create("eve", Set.of(Access.VIEWER), null, null)
                .tokens()
                .write(file);
        tokens.refresh();
        Tokens.none().create("ops", Set.of(Access.ADMIN), null, null).tokens().write(file);
        tokens.refresh();
        tokens.refresh();

        assertThat(reported)
                .containsExactly(
                        "came: ops (operator)", "came: eve (viewer); gone: shop", "gone: eve; changed: ops (admin)");
    }

    @Test
    void a_replaced_file_of_equal_size_and_time_is_read() throws IOException {
        TokenFile tokens = open(file);
        Tokens.Created next = Tokens.none().create("shop", Set.of(Access.SUBMITTER), null, null);
        Path other = folder.resolve("other");
        next.tokens().write(other);
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
        assertThat(Files.size(other)).isEqualTo(Files.size(file));
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        tokens.refresh();
        assertThat(tokens.find(next.secret())).isNotNull();
        assertThat(tokens.find(shop.secret())).isNull();
    }

    @Test
    void a_pipe_in_place_of_the_file_is_damage_and_the_next_file_is_read() throws Exception {
        TokenFile tokens = open(file);
        Files.delete(file);
        WatchedFilesTest.pipe(file);
        tokens.refresh();
        assertThat(metrics.exposition()).contains("entente_auth_file_state 1.0");
        pass(Duration.ofSeconds(61));
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNull();
        Files.delete(file);
        shop.tokens().write(file);
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNotNull();
    }

    @Test
    void a_token_name_reserved_by_the_audit_is_refused() {
        for (String name : List.of("coordinator", "Unknown", "anonymous", "anonymous@127.0.0.1")) {
            assertThatThrownBy(() -> Tokens.none().create(name, Set.of(Access.OPERATOR), null, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is a reserved name in the audit");
        }
    }

    @Test
    void a_duplicate_hash_is_refused_with_its_line() throws IOException {
        append(file);
        assertThatThrownBy(() -> Tokens.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("line 3: 'twin' has the hash of 'shop'")
                .hasMessageNotContaining(shop.tokens().all().getFirst().hash());
    }

    @Test
    void a_token_is_revoked_after_a_damaged_file() throws IOException {
        TokenFile tokens = open(file);
        append(file);
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNotNull();
        Tokens.none().write(file);
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNull();
    }

    @Test
    void a_missing_file_keeps_its_tokens_valid_for_five_seconds() throws IOException {
        TokenFile tokens = open(file);
        Path moved = Files.move(file, folder.resolve("away"));
        tokens.refresh();
        pass(Duration.ofMillis(4900));
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNotNull();
        assertThat(metrics.exposition()).contains("entente_auth_file_state 1.0", "entente_auth_tokens 1.0");
        pass(Duration.ofMillis(100));
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNull();
        assertThat(metrics.exposition()).contains("entente_auth_file_state 2.0", "entente_auth_tokens 0.0");
        Files.move(moved, file);
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNotNull();
        assertThat(metrics.exposition()).contains("entente_auth_file_state 0.0");
    }

    @Test
    void a_damaged_file_keeps_its_tokens_valid_for_a_minute() throws IOException {
        TokenFile tokens = open(file);
        append(file);
        tokens.refresh();
        pass(Duration.ofSeconds(59));
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNotNull();
        pass(Duration.ofSeconds(1));
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNull();
    }

    @Test
    void a_damaged_file_that_goes_missing_gets_no_extra_time() throws IOException {
        TokenFile tokens = open(file);
        append(file);
        tokens.refresh();
        pass(Duration.ofSeconds(10));
        Files.delete(file);
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNull();
        append(Files.createFile(file));
        append(file);
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNull();
    }

    @Test
    void each_change_of_the_files_state_is_logged_once() throws IOException {
        TokenFile tokens = open(file);
        append(file);
        for (int second = 0; second < 100; second++) {
            tokens.refresh();
            pass(Duration.ofSeconds(1));
        }
        assertThat(log.reported()).hasSize(2);
        assertThat(log.reported().getFirst()).contains("damaged", "for 60 s", "line 3");
        assertThat(log.reported().getLast()).contains("no token is valid: the token file has been");
    }

    @Test
    void a_token_is_valid_from_its_start_until_its_expiry() throws IOException {
        Tokens.Created guest = shop.tokens()
                .create(
                        "guest",
                        Set.of(Access.VIEWER),
                        Instant.parse("2026-11-23T12:00:01Z"),
                        Instant.parse("2026-11-23T12:00:03Z"));
        guest.tokens().write(file);
        assertThat(Tokens.read(file).all()).isEqualTo(guest.tokens().all());
        TokenFile tokens = open(file);
        assertThat(tokens.find(guest.secret())).isNull();
        now = now.plusSeconds(1);
        assertThat(tokens.find(guest.secret())).isNotNull();
        now = now.plusSeconds(2);
        assertThat(tokens.find(guest.secret())).isNull();
        assertThat(tokens.find(shop.secret())).isNotNull();
    }

    @Test
    void a_line_with_an_unknown_or_repeated_field_is_refused() throws IOException {
        String hash = shop.tokens().all().getFirst().hash();
        for (String more : List.of(
                "only-from=10.0.0.1",
                "expires=tomorrow",
                "expires=2027-01-01T00:00:00Z expires=2028-01-01T00:00:00Z")) {
            Files.write(file, List.of("shop submitter " + hash + " " + more));
            assertThatThrownBy(() -> Tokens.read(file)).as(more).hasMessageContaining("line 1");
        }
        assertThatThrownBy(() -> Tokens.none().create("never", Set.of(Access.VIEWER), now, now))
                .hasMessageContaining("never be valid");
    }

    @Test
    void the_last_use_of_a_token_is_a_metric_until_the_token_is_removed() throws IOException {
        TokenFile tokens = open(file);
        assertThat(metrics.exposition()).contains("entente_auth_last_use_timestamp_seconds{token=\"shop\"} 0.0");
        assertThat(tokens.find(shop.secret())).isNotNull();
        assertThat(metrics.exposition())
                .contains("entente_auth_last_use_timestamp_seconds{token=\"shop\"} " + (double) now.getEpochSecond());
        Tokens.none().write(file);
        tokens.refresh();
        assertThat(metrics.exposition()).doesNotContain("token=\"shop\"");
    }

    @Test
    void the_number_of_tokens_with_a_last_use_metric_is_bounded() throws IOException {
        Tokens many = Tokens.none();
        for (int i = 0; i < TokenFile.MAX_SHOWN + 10; i++) {
            many = many.create("t" + i, Set.of(Access.VIEWER), null, null).tokens();
        }
        many.write(file);
        assertThat(open(file)).isNotNull();
        assertThat(metrics.exposition().lines().filter(line -> line.contains("{token=")))
                .hasSize(TokenFile.MAX_SHOWN);
    }

    @Test
    void a_defect_is_counted_and_earlier_tokens_stay_valid() throws IOException {
        TokenFile tokens;
        try (FileSystem archive = FileSystems.newFileSystem(folder.resolve("archive.zip"), Map.of("create", "true"))) {
            tokens = open(Files.copy(file, archive.getPath("/tokens")));
        }
        // The file system is closed now, which raises no IOException.
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNotNull();
        assertThat(metrics.exposition()).contains("entente_caught_total{where=\"tokens\"} 1.0");
    }

    @Test
    void a_new_file_has_the_permissions_of_the_old_file() throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        shop.tokens().without("shop").write(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void a_new_file_keeps_the_owner_or_the_old_file_stays() throws IOException {
        if (isRoot()) {
            assertThatTheOwnerIsKept();
        } else {
            assertThatNothingChangesIfTheOwnerCannotBeKept();
        }
    }

    private void assertThatTheOwnerIsKept() throws IOException {
        Files.setAttribute(file, "unix:uid", 54_321);
        Files.setAttribute(file, "unix:gid", 54_322);
        shop.tokens().without("shop").write(file);
        assertThat(Files.readAttributes(file, "unix:uid,gid"))
                .containsEntry("uid", 54_321)
                .containsEntry("gid", 54_322);
    }

    private void assertThatNothingChangesIfTheOwnerCannotBeKept() throws IOException {
        Path roots = Files.createSymbolicLink(folder.resolve("roots"), Path.of("/etc/passwd"));
        assertThatThrownBy(() -> Tokens.none().write(roots))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("belongs to root:root")
                .hasMessageContaining("nothing was changed");
        assertThat(roots).isSymbolicLink();
        assertThat(folder.resolve("roots.new")).doesNotExist();
    }

    private boolean isRoot() throws IOException {
        return Files.getAttribute(file, "unix:uid").equals(0);
    }
}
