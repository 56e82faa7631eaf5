package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.Certificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests invalid addresses, files, tokens and keys. The command line refuses each before it opens a connection. */
class WrongConnectionTest {
    @TempDir
    static Path folder;

    private static Certificate coordinator;

    @BeforeAll
    static void makeCertificate() throws Exception {
        coordinator = Certificate.selfSigned(folder, "coordinator");
    }

    private static Cli count(String target, String... more) {
        return Cli.run(Cli.with(more, "tx", "count", "--target", target));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "foo | has no port; write host:port, such as foo:7790",
                "http://localhost:7790 | is a URL; write host:port of the coordinator's gRPC port",
                "127.0.0.1:99999 | has an invalid port; write a port from 1 to 65535",
                "[::1]:99999 | has an invalid port; write a port from 1 to 65535",
                "dns:///localhost:99999 | has an invalid port; write a port from 1 to 65535",
                "127.0.0.1:123456 | has an invalid port; write a port from 1 to 65535",
                "127.0.0.1:0 | has an invalid port; write a port from 1 to 65535",
                "127.0.0.1:-1 | has no port; write host:port, such as 127.0.0.1:7790",
                "host: | has no port; write host:port, such as 127.0.0.1:7790",
                ":::|has no port; write host:port, such as 127.0.0.1:7790",
                "[::1 | has no valid host; use letters, digits, dots and hyphens",
                "'' | is empty; write host:port, such as 127.0.0.1:7790",
                "' ' | is empty; write host:port, such as 127.0.0.1:7790",
                ":7790 | has no host; write host:port, such as 127.0.0.1:7790",
                "::1:7790 | is an IPv6 address without brackets; write [::1]:7790",
                "' 127.0.0.1:7790' | has no valid host; use letters",
                "a b:7790 | has no valid host; use letters",
                "a/b:7790 | has no valid host; use letters",
                "host_name:7790 | has no valid host; use letters",
                "a,b:7790 | has no valid host; use letters",
                "tcp://localhost:7790 | is not a valid address; write host:port",
            })
    void an_invalid_target_address_is_refused_with_a_reason(String target, String said) {
        Cli answer = count(target);
        assertThat(answer.exit()).isEqualTo(2);
        assertThat(answer.err())
                .startsWith("ENT-071: --target '" + target + "' " + said)
                .doesNotContain("java.", "Exception", "\tat ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--ca", "--certificate", "--key", "--token-file"})
    void an_unreadable_file_is_reported_without_class_names(String option) throws Exception {
        Path folderGiven = Files.createDirectories(folder.resolve("a-folder"));
        Map<Path, String> reasons = Map.of(
                folder.resolve("missing"),
                "it does not exist",
                folder.resolve("nowhere/missing"),
                "its folder does not exist",
                folderGiven,
                "it is a folder");
        Map<String, String[]> pairs = Map.of(
                "--certificate", new String[] {"--key", coordinator.key().toString()},
                "--key", new String[] {"--certificate", coordinator.chain().toString()});
        reasons.forEach((file, why) -> {
            String[] more = pairs.getOrDefault(option, new String[] {"--tls"});
            Cli answer = count("127.0.0.1:1", Cli.with(more, option, file.toString()));
            assertThat(answer.exit()).isEqualTo(2);
            assertThat(answer.err())
                    .startsWith("ENT-071: " + option + " " + file + " cannot be read: " + why + "; check the path")
                    .doesNotContain("java.", "Exception", "\tat ");
        });
    }

    @ParameterizedTest
    @CsvSource({
        "--ca, does not contain a certificate",
        "--token-file, has no token in its first line",
    })
    void an_empty_file_is_refused(String option, String said) throws Exception {
        Path empty = Files.writeString(folder.resolve("empty"), "");
        Cli answer = count("127.0.0.1:1", option, empty.toString());
        assertThat(answer.exit()).isEqualTo(2);
        assertThat(answer.err()).startsWith("ENT-071: ").contains(empty + " " + said);
    }

    @Test
    void a_token_file_that_is_not_text_is_refused() throws Exception {
        Path binary = Files.write(folder.resolve("binary"), new byte[] {'a', (byte) 0xff, '\n'});
        Cli answer = count("127.0.0.1:1", "--token-file", binary.toString());
        assertThat(answer.exit()).isEqualTo(2);
        assertThat(answer.err()).contains("it is not text in UTF-8").doesNotContain("java.", "\tat ");
    }

    @Test
    void a_key_file_without_a_private_key_is_refused() {
        Cli answer = count(
                "127.0.0.1:1",
                "--certificate",
                coordinator.chain().toString(),
                "--key",
                coordinator.chain().toString());
        assertThat(answer.exit()).isEqualTo(2);
        assertThat(answer.err())
                .startsWith("ENT-071: " + coordinator.chain()
                        + " does not contain a private key in PKCS#8 without a password")
                .contains("it contains BEGIN CERTIFICATE")
                .doesNotContain("java.", "Exception", "\tat ");
    }
}
