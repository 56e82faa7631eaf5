package dev.entente.stories.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.Ended;
import dev.entente.rig.ServerJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The AOT cache that {@code ./entente build} creates beside the built jar: commands start from the cache. */
@Tag("deep")
@Tag("documents")
final class CommandCacheIT {
    private static final String CLIENT = "io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder ";
    private static final int EXIT_UNAVAILABLE = 3;

    @TempDir
    private Path folder;

    @Test
    void a_command_loads_its_client_from_the_cache() throws Exception {
        assertThat(entente("", "build")).isZero();
        assertThat(ServerJar.find().resolveSibling("entente-cli.aot")).exists();
        Path log = folder.resolve("classes.log");
        String jvm = "-Xlog:class+load:file=" + log;
        assertThat(entente(jvm, "tx", "list", "--target", "127.0.0.1:1")).isEqualTo(EXIT_UNAVAILABLE);
        assertThat(Files.readAllLines(log))
                .filteredOn(line -> line.contains(CLIENT))
                .singleElement()
                .asString()
                .contains("shared objects file");
    }

    private int entente(String jvm, String... arguments) throws IOException {
        Path launcher = Path.of(System.getProperty("entente.home"), "entente");
        ProcessBuilder builder = new ProcessBuilder(launcher.toString());
        builder.command().addAll(List.of(arguments));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("ENTENTE_NO_BUILD", "1");
        builder.environment().put("ENTENTE_JVM_ARGS", jvm);
        Ended run = Ended.run(builder);
        assertThat(run.output()).as("the launcher's own words").doesNotContain("no AOT cache");
        return run.exit();
    }
}
