package dev.entente.server.connector;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The available connectors: on the class path, and in jars of a folder. They are loaded once and never unloaded.
 *
 * <p>All jars share one class loader, which has the coordinator's loader as its parent.
 */
public final class ConnectorJars {
    private ConnectorJars() {}

    /**
     * Finds factories by their schemes.
     *
     * @param folder with jars; null or a missing folder = only the class path
     * @throws IOException if the folder cannot be read
     * @throws java.util.ServiceConfigurationError if a jar names a factory that cannot be created
     */
    public static Map<String, ConnectorFactory> in(@Nullable Path folder) throws IOException {
        ClassLoader own = ConnectorJars.class.getClassLoader();
        List<URL> jars = folder == null || !Files.isDirectory(folder) ? List.of() : jars(folder);
        // The loader stays open until the process ends, because classes in the jars are loaded when needed.
        ClassLoader loader =
                jars.isEmpty() ? own : new URLClassLoader("entente-connectors", jars.toArray(URL[]::new), own);
        Map<String, ConnectorFactory> found = new TreeMap<>();
        ServiceLoader.load(ConnectorFactory.class, loader)
                .forEach(each -> found.put(each.scheme(), new LoadedFactory(each)));
        return Map.copyOf(found);
    }

    private static List<URL> jars(Path folder) throws IOException {
        List<URL> jars = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path jar : files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList()) {
                jars.add(url(jar));
            }
        }
        return jars;
    }

    private static URL url(Path jar) throws MalformedURLException {
        return jar.toUri().toURL();
    }
}
