package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Main;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests the command line as a process in different locales. A shell creates the bytes of the arguments, because this
 * JVM may not be able to encode them.
 */
class LocaleTest {
    private static final String SHANGHAI = "$(printf '\\344\\270\\212\\346\\265\\267')";

    /** A conversion with flags or a width, such as {@code %,d}, {@code %04d} or {@code %1$d}. */
    private static final Pattern LOCALE_DIGITS = Pattern.compile("%[-#+ 0,(<1-9$]*(d|[.][0-9]+[efg])");

    @TempDir
    private Path folder;

    private record ProcessResult(int exit, String text) {}

    /**
     * @param environment variables, as a shell reads them
     * @param command arguments, as a shell reads them
     */
    private ProcessResult run(String environment, String command) throws IOException, InterruptedException {
        return shell("exec env -i " + environment + " \"$0\" -XX:TieredStopAtLevel=1 -cp \"$1\" " + Main.class.getName()
                + " " + command);
    }

    private ProcessResult shell(String script) throws IOException, InterruptedException {
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
        return new ProcessResult(process.waitFor(), text);
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
        ProcessResult result = run(locale, command);
        assertThat(result.exit()).as(result.text()).isEqualTo(2);
        assertThat(result.text().lines())
                .singleElement()
                .asString()
                .contains("ENT-071: the argument", "LC_ALL=C.UTF-8");
    }

    @Test
    void a_full_output_is_an_error_and_a_closed_pipe_exits_141() throws Exception {
        String create = "token create billing --role submitter --file tokens";
        ProcessResult full = run("LC_ALL=C.UTF-8", create + " > /dev/full");
        assertThat(full.exit()).isEqualTo(2);
        assertThat(full.text()).startsWith("ENT-071: standard output cannot be written");
        ProcessResult closedPipe = shell("{ \"$0\" -XX:TieredStopAtLevel=1 -cp \"$1\" " + Main.class.getName()
                + " completion bash; echo $? >&2; } | true");
        assertThat(closedPipe.text()).isEqualTo("141\n");
        assertThat(run("LC_ALL=C.UTF-8", "token list --file tokens > list").exit())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ENTENTE_DATABASE_PASSWORD", "ENTENTE_JDBC_PASSWORD"})
    void a_variable_that_cannot_be_decoded_is_refused_without_its_value(String variable) throws Exception {
        ProcessResult result = run("LC_ALL=POSIX " + variable + "=secret" + SHANGHAI, "migrate");
        assertThat(result.exit()).as(result.text()).isEqualTo(2);
        assertThat(result.text())
                .contains("ENT-071", "environment variable " + variable, "LC_ALL=C.UTF-8")
                .doesNotContain("secret");
    }

    @Test
    void a_configured_path_that_the_locale_cannot_encode_is_refused() throws Exception {
        Files.writeString(folder.resolve("entente.yaml"), """
            participants.shop.target: 127.0.0.1:1
            participants.shop.tokenFile: \u4e0a\u6d77
            """);
        ProcessResult result = run("LC_ALL=POSIX", "server --config entente.yaml");
        assertThat(result.exit()).as(result.text()).isEqualTo(2);
        assertThat(result.text()).contains("ENT-071", "participants.shop.tokenFile", "LC_ALL=C.UTF-8");
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
    void non_ascii_text_is_read_in_utf8_locales_and_printed_in_every_locale() throws Exception {
        try (LocalCoordinator server = LocalCoordinator.start("participants.shop.target", "127.0.0.1:1")) {
            String target = " --target " + server.target();
            Files.writeString(folder.resolve("plan.json"), """
                {"gid":"q1","name":"pay","labels":{"tenant":"\\u4e0a\\u6d77"},"saga":{"steps":[{"id":"pay","no_undo":true,
                "action":{"grpc":"shop/a.Shop/Pay"}}]}}\
                """);
            assertThat(shell("cp plan.json " + SHANGHAI + ".json").exit()).isZero();
            ProcessResult submitted = run("LC_ALL=C.UTF-8", "tx submit -f " + SHANGHAI + ".json" + target);
            assertThat(submitted.exit()).as(submitted.text()).isZero();
            ProcessResult parked = run("LC_ALL=C.UTF-8", "tx park q1 --reason " + SHANGHAI + target);
            assertThat(parked.exit()).as(parked.text()).isZero();
            assertThat(run("LC_ALL=C.UTF-8", "tx list --label tenant=" + SHANGHAI + target)
                            .text())
                    .contains("q1");
            assertThat(run("LC_ALL=POSIX", "audit list" + target).text()).contains("上海");
            assertThat(run("LC_ALL=POSIX", "tx list -o json" + target).text()).contains("上海");
        }
    }

    /**
     * {@code %d} and {@code %.1f} write the digits of the JVM's locale, also into SQL and error codes. {@code %s} writes
     * ASCII.
     */
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
    void no_source_formats_numbers_with_locale_digits(String module) throws IOException {
        try (Stream<Path> sources = Files.walk(Path.of("..", module, "src/main/java"))) {
            assertThat(sources.filter(Files::isRegularFile))
                    .isNotEmpty()
                    .allSatisfy(source -> assertThat(Files.readAllLines(source))
                            .noneMatch(line -> LOCALE_DIGITS.matcher(line).find() && !line.contains("Locale.ROOT")));
        }
    }

    @Test
    void an_error_code_is_ascii_in_a_locale_with_its_own_digits() throws Exception {
        ProcessResult result = run(
                "LC_ALL=C.UTF-8 JAVA_TOOL_OPTIONS='-Duser.language=ar -Duser.country=EG -Duser.extensions=u-nu-arab'",
                "server --set node=' '");
        assertThat(result.exit()).as(result.text()).isEqualTo(2);
        assertThat(result.text()).contains("ENT-071");
    }
}
