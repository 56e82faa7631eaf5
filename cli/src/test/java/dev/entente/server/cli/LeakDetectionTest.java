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

/** Netty as it is loaded anew, and reads its settings. */
class LeakDetectionTest {
    @AfterEach
    void forget() {
        System.clearProperty(CommandLine.LEAK_DETECTION);
    }

    @Test
    void netty_looks_for_no_leaks_unless_somebody_wants_it_to() throws Exception {
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
        try (URLClassLoader anew = new URLClassLoader(all, ClassLoader.getPlatformClassLoader())) {
            return anew.loadClass("io.grpc.netty.shaded.io.netty.util.ResourceLeakDetector")
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
