package dev.entente.faults.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program that comes after this one. */
final class NewerFormatTest {
    private static final String SERVER = "dev.entente.server.";

    @TempDir
    private Path folder;

    @Test
    void it_writes_one_more_state_in_a_newer_format_and_reads_the_old_ones() throws Exception {
        Path jar = folder.resolve("newer.jar");
        try (FileSystem content = FileSystems.newFileSystem(jar, Map.of("create", "true"))) {
            copy(content, "codec/PlanCodec");
            copy(content, "codec/ProgressCodec");
            copy(content, "transaction/BranchState");
            NewerFormat.into(content);
        }
        Class<?> older = Class.forName(SERVER + "transaction.BranchState");
        try (URLClassLoader loader = newer(jar)) {
            Class<?> newer = loader.loadClass(SERVER + "transaction.BranchState");
            int format = (int) loader.loadClass(SERVER + "codec.PlanCodec")
                    .getMethod("format")
                    .invoke(null);
            assertThat(format)
                    .isEqualTo((int) Class.forName(SERVER + "codec.PlanCodec")
                                    .getMethod("format")
                                    .invoke(null)
                            + 1);
            Object called = newer.getMethod("of", int.class).invoke(null, 2);
            int code = (int) newer.getMethod("code").invoke(called);
            assertThat(code).isGreaterThan(older.getEnumConstants().length);
            assertThat(newer.getMethod("of", int.class).invoke(null, code)).isEqualTo(called);
            assertThat(newer.getMethod("code")
                            .invoke(newer.getMethod("of", int.class).invoke(null, 1)))
                    .isEqualTo(1);
        }
    }

    private static void copy(FileSystem jar, String name) throws IOException {
        String file = "dev/entente/server/" + name + ".class";
        Path path = jar.getPath(file);
        Files.createDirectories(path.getParent());
        try (InputStream bytes = ClassLoader.getSystemResourceAsStream(file)) {
            Files.write(path, Objects.requireNonNull(bytes).readAllBytes());
        }
    }

    /** Everything else comes from the class path. */
    private static URLClassLoader newer(Path jar) throws IOException {
        return new URLClassLoader(new URL[] {jar.toUri().toURL()}, ClassLoader.getSystemClassLoader()) {
            @Override
            public Class<?> loadClass(String name) throws ClassNotFoundException {
                boolean isOwn = findResource(name.replace('.', '/') + ".class") != null;
                return isOwn ? findLoadedOrOwn(name) : super.loadClass(name);
            }

            private Class<?> findLoadedOrOwn(String name) throws ClassNotFoundException {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        };
    }
}
