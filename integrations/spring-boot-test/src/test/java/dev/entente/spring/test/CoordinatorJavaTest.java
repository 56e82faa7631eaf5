package dev.entente.spring.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the unpacking of a small runtime, whose programs are texts. */
final class CoordinatorJavaTest {
    private static final String PLATFORM =
            "linux-" + System.getProperty("os.arch").replace("amd64", "x64");

    @TempDir
    private Path folder;

    private Path jar;
    private Path cache;

    @BeforeEach
    void pack() throws IOException {
        jar = folder.resolve("runtime.jar");
        cache = folder.resolve("cache/entente");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            for (String name : List.of("bin/java", "lib/jspawnhelper", "lib/modules", "release")) {
                out.putNextEntry(new JarEntry("dev/entente/runtime/" + PLATFORM + "/" + name));
                out.write(name.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private Path unpacked() {
        try (URLClassLoader libraries =
                new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
            return CoordinatorJava.unpacked(17, libraries, cache);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void concurrent_jvms_unpack_one_runtime_with_executable_programs() throws IOException {
        List<Path> found = IntStream.range(0, 8)
                .parallel()
                .mapToObj(number -> unpacked())
                .distinct()
                .toList();

        assertThat(found).hasSize(1);
        Path home = found.getFirst().resolve("../..").normalize();
        assertThat(home.resolve("bin/java")).isExecutable().hasContent("bin/java");
        assertThat(home.resolve("lib/jspawnhelper")).isExecutable();
        assertThat(home.resolve("lib/modules")).hasContent("lib/modules");
        assertThat(Files.isExecutable(home.resolve("release"))).isFalse();
        try (Stream<Path> folders = Files.list(cache)) {
            assertThat(folders).containsExactly(home);
        }
        Files.writeString(found.getFirst(), "used");
        assertThat(unpacked()).isEqualTo(found.getFirst()).hasContent("used");
    }

    @Test
    void the_error_without_the_artifact_names_the_dependency() {
        assertThatThrownBy(() -> CoordinatorJava.unpacked(17, ClassLoader.getPlatformClassLoader(), cache))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("this is Java 17", "dev.entente:entente-runtime", "classifier " + PLATFORM);
    }

    @Test
    void the_error_for_a_cache_that_cannot_be_written_names_the_folder() throws IOException {
        Files.createDirectories(cache.getParent());
        Files.writeString(cache, "a file");

        assertThatThrownBy(this::unpacked)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(cache.toString(), "XDG_CACHE_HOME");
    }
}
