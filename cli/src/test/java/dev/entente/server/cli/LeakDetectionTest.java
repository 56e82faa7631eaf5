package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the leak detection level of Netty in a new class loader, where Netty reads its settings again. */
class LeakDetectionTest {
    @AfterEach
    void forget() {
        System.clearProperty(CommandLine.LEAK_DETECTION);
    }

    @Test
    void leak_detection_is_disabled_unless_a_property_sets_its_level() throws Exception {
        CommandLine.lookForNoLeaks();
        assertThat(level()).hasToString("DISABLED");

        System.setProperty(CommandLine.LEAK_DETECTION, "paranoid");
        CommandLine.lookForNoLeaks();
        assertThat(level()).hasToString("PARANOID");
    }

    private static Object level() throws Exception {
        URL[] all = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(LeakDetectionTest::url)
                .toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(all, ClassLoader.getPlatformClassLoader())) {
            return loader.loadClass("io.grpc.netty.shaded.io.netty.util.ResourceLeakDetector")
                    .getMethod("getLevel")
                    .invoke(null);
        }
    }

    private static URL url(String path) {
        try {
            return Path.of(path).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(path, e);
        }
    }
}
