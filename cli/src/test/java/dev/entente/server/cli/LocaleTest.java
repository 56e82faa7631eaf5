package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Main;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line as a process in different locales. A shell makes the bytes: this JVM may not be able to. */
class LocaleTest {
    private static final String SHANGHAI = "$(printf '\\344\\270\\212\\346\\265\\267')";

    @TempDir
    private Path folder;

    private record Ended(int exit, String text) {}

    /** @param command the environment, then arguments, as a shell reads them */
    private Ended run(String environment, String command) throws IOException, InterruptedException {
        return shell("exec env -i " + environment + " \"$0\" -XX:TieredStopAtLevel=1 -cp \"$1\" " + Main.class.getName()
                + " " + command);
    }

    private Ended shell(String script) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        script,
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        System.getProperty("java.class.path"))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), text);
    }

    static Stream<Arguments> undecodable() {
        return Stream.of(
                arguments("LC_ALL=POSIX", "tx park q1 --reason " + SHANGHAI),
                arguments("LANG=C", "tx list --label tenant=" + SHANGHAI),
                arguments("LC_ALL=xx_YY.UTF-8", "tx submit -f " + SHANGHAI + ".json"),
                arguments("", "server --set node=" + SHANGHAI),
                arguments("LC_CTYPE=POSIX", "migrate --jdbc-user " + SHANGHAI),
                arguments("LC_ALL=C.UTF-8", "tx park q1 --reason \"$(printf '\\344')\""));
    }

    @ParameterizedTest
    @MethodSource("undecodable")
    void an_argument_that_cannot_be_decoded_is_refused(String locale, String command) throws Exception {
        Ended ended = run(locale, command);
        assertThat(ended.exit()).as(ended.text()).isEqualTo(2);
        assertThat(ended.text().lines()).singleElement().asString().contains("ENT-071: the argument", "LC_ALL=C.UTF-8");
    }

    @Test
    void output_that_cannot_be_written_is_an_error() throws Exception {
        String create = "token create billing --role submitter --file tokens";
        Ended full = run("LC_ALL=C.UTF-8", create + " > /dev/full");
        assertThat(full.exit()).isEqualTo(2);
        assertThat(full.text()).startsWith("ENT-071: standard output cannot be written");
        Ended left = shell("{ \"$0\" -XX:TieredStopAtLevel=1 -cp \"$1\" " + Main.class.getName()
                + " completion bash; echo $? >&2; } | true");
        assertThat(left.text()).isEqualTo("141\n");
        assertThat(run("LC_ALL=C.UTF-8", "token list --file tokens > list").exit())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ENTENTE_DATABASE_PASSWORD", "ENTENTE_JDBC_PASSWORD"})
    void a_variable_that_cannot_be_decoded_is_refused_without_its_value(String variable) throws Exception {
        Ended ended = run("LC_ALL=POSIX " + variable + "=secret" + SHANGHAI, "migrate");
        assertThat(ended.exit()).as(ended.text()).isEqualTo(2);
        assertThat(ended.text())
                .contains("ENT-071", "environment variable " + variable, "LC_ALL=C.UTF-8")
                .doesNotContain("secret");
    }

    @Test
    void a_file_of_the_configuration_that_the_locale_cannot_name_is_refused() throws Exception {
        Files.writeString(folder.resolve("entente.yaml"), """
            participants.shop.target: 127.0.0.1:1
            participants.shop.tokenFile: \u4e0a\u6d77
            """);
        Ended ended = run("LC_ALL=POSIX", "server --config entente.yaml");
        assertThat(ended.exit()).as(ended.text()).isEqualTo(2);
        assertThat(ended.text()).contains("ENT-071", "participants.shop.tokenFile", "LC_ALL=C.UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"COMPAT", "ISO-8859-1", "GBK"})
    void output_is_in_utf8_under_each_default_charset_of_the_jvm(String charset) throws Exception {
        String locale = "LC_ALL=C.UTF-8 JAVA_TOOL_OPTIONS=-Dfile.encoding=" + charset;
        assertThat(run(locale, "tx list --help").text()).contains("SUCCEEDED, …");
        assertThat(run(locale, "tx list --pattern " + SHANGHAI).text()).contains("'上海'");
        assertThat(run("LC_ALL=POSIX JAVA_TOOL_OPTIONS=-Dfile.encoding=" + charset, "tx list --help")
                        .text())
                .contains("SUCCEEDED, …");
        Files.writeString(
                folder.resolve("entente.yaml"), "participants.shop.target: h:1\nparticipants.shop.tokenFile: 上海\n");
        assertThat(run(locale, "server --config entente.yaml").text()).contains("上海");
    }

    @Test
    void a_variable_of_another_program_is_not_read() throws Exception {
        assertThat(run("LC_ALL=POSIX CITY=" + SHANGHAI, "--version").exit()).isZero();
    }

    @Test
    void text_is_read_in_a_locale_of_utf8_and_printed_in_every_locale() throws Exception {
        try (LocalCoordinator server = LocalCoordinator.start("participants.shop.target", "127.0.0.1:1")) {
            String target = " --target " + server.target();
            Files.writeString(folder.resolve("plan.json"), """
                {"gid":"q1","name":"pay","labels":{"tenant":"\\u4e0a\\u6d77"},"saga":{"steps":[{"id":"pay","no_undo":true,
                "action":{"grpc":"shop/a.Shop/Pay"}}]}}\
                """);
            assertThat(shell("cp plan.json " + SHANGHAI + ".json").exit()).isZero();
            Ended submitted = run("LC_ALL=C.UTF-8", "tx submit -f " + SHANGHAI + ".json" + target);
            assertThat(submitted.exit()).as(submitted.text()).isZero();
            Ended parked = run("LC_ALL=C.UTF-8", "tx park q1 --reason " + SHANGHAI + target);
            assertThat(parked.exit()).as(parked.text()).isZero();
            assertThat(run("LC_ALL=C.UTF-8", "tx list --label tenant=" + SHANGHAI + target)
                            .text())
                    .contains("q1");
            assertThat(run("LC_ALL=POSIX", "audit list" + target).text()).contains("上海");
            assertThat(run("LC_ALL=POSIX", "tx list -o json" + target).text()).contains("上海");
        }
    }

    /** {@code %d} writes the digits of the JVM's locale, into SQL and codes, too; {@code %s} writes ASCII. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "server",
                "cli",
                "core",
                "proto",
                "client-sdk",
                "integrations/outbox",
                "integrations/patterns",
                "integrations/testkit"
            })
    void no_number_is_written_in_the_digits_of_the_locale(String module) throws IOException {
        try (Stream<Path> sources = Files.walk(Path.of("..", module, "src/main/java"))) {
            assertThat(sources.filter(Files::isRegularFile))
                    .isNotEmpty()
                    .allSatisfy(source -> assertThat(source).content().doesNotContain("%d"));
        }
    }

    @Test
    void a_code_is_ascii_in_a_locale_with_digits_of_its_own() throws Exception {
        Ended ended = run(
                "LC_ALL=C.UTF-8 JAVA_TOOL_OPTIONS='-Duser.language=ar -Duser.country=EG -Duser.extensions=u-nu-arab'",
                "server --set node=' '");
        assertThat(ended.exit()).as(ended.text()).isEqualTo(2);
        assertThat(ended.text()).contains("ENT-071");
    }
}
