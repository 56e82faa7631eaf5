package dev.entente.server.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A token file that changes under a running coordinator. */
class TokenFileTest {
    @TempDir
    private Path folder;

    private final Metrics metrics = Metrics.withoutJvm();
    private Path file;
    private Tokens.Created shop;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("tokens");
        shop = Tokens.none().create("shop", Set.of(Access.SUBMITTER));
        shop.tokens().write(file);
    }

    private void append(Path to) throws IOException {
        String hash = shop.tokens().all().getFirst().hash();
        Files.write(to, List.of("twin viewer " + hash), StandardOpenOption.APPEND);
    }

    @Test
    void a_hash_that_stands_twice_is_refused_by_its_line() throws IOException {
        append(file);
        assertThatThrownBy(() -> Tokens.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("line 3: 'twin' has the hash of 'shop'")
                .hasMessageNotContaining(shop.tokens().all().getFirst().hash());
    }

    @Test
    void a_token_is_revoked_although_a_bad_file_was_met_before() throws IOException {
        TokenFile tokens = TokenFile.open(file, metrics);
        append(file);
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNotNull();
        Tokens.none().write(file);
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNull();
    }

    @Test
    void a_defect_is_counted_and_the_tokens_read_before_stay_in_force() throws IOException {
        TokenFile tokens;
        try (FileSystem archive = FileSystems.newFileSystem(folder.resolve("archive.zip"), Map.of("create", "true"))) {
            tokens = TokenFile.open(Files.copy(file, archive.getPath("/tokens")), metrics);
        }
        // Its file system is closed now, which no IOException tells.
        tokens.refresh();
        assertThat(tokens.find(shop.secret())).isNotNull();
        assertThat(metrics.exposition()).contains("entente_caught_total{where=\"tokens\"} 1.0");
    }

    @Test
    void a_new_file_has_the_permissions_of_the_old_one() throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        shop.tokens().without("shop").write(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void a_new_file_belongs_to_whom_the_old_one_belonged_or_the_old_one_stays() throws IOException {
        if (isRoot()) {
            assertThatTheOwnerIsKept();
        } else {
            assertThatNothingChangesWhereItCannotBeGivenAway();
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

    private void assertThatNothingChangesWhereItCannotBeGivenAway() throws IOException {
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
