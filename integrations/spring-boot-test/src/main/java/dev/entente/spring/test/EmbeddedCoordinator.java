package dev.entente.spring.test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.HashMap;
import java.util.Map;

/**
 * A coordinator in this JVM, with its own class loader. On the application's class path it would conflict with the
 * application. Both have migrations below {@code db/migration}, and the application uses other versions of Flyway, gRPC
 * and Logback. Thread-safe.
 */
final class EmbeddedCoordinator implements CoordinatorProgram {
    private static final String SERVER = "dev.entente.server.app.Server";
    private static final String COMMANDS = "dev.entente.server.cli.CommandLine";

    private final Object server;
    private final String target;

    private EmbeddedCoordinator(Object server, String target) {
        this.server = server;
        this.target = target;
    }

    /** The program of all coordinators of this JVM. */
    private static final class Program {
        static final ClassLoader LOADER = open();

        @SuppressWarnings("resource") // The end of the JVM closes the class loader.
        private static ClassLoader open() {
            try {
                URL[] path = {PackedServer.jar().toUri().toURL()};
                return new URLClassLoader("entente-server", path, ClassLoader.getPlatformClassLoader());
            } catch (MalformedURLException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }

    /** Starts a coordinator on free ports. Blocks for some seconds. */
    static EmbeddedCoordinator start(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("grpc.port", "0");
        all.put("http.port", "0");
        return inside(() -> {
            Class<?> type = Program.LOADER.loadClass(SERVER);
            Object server = type.getMethod("startForTests", Map.class).invoke(null, all);
            Object ready = type.getMethod("ready").invoke(server);
            return new EmbeddedCoordinator(
                    server, (String) ready.getClass().getMethod("grpc").invoke(ready));
        });
    }

    @Override
    public String target() {
        return target;
    }

    @Override
    public String describe(String gid) {
        return inside(() -> {
            Object commands = Program.LOADER
                    .loadClass(COMMANDS)
                    .getMethod("parser", String[].class)
                    .invoke(null, (Object) new String[] {"tx"});
            StringWriter output = new StringWriter();
            for (String stream : new String[] {"setOut", "setErr"}) {
                commands.getClass()
                        .getMethod(stream, PrintWriter.class)
                        .invoke(commands, new PrintWriter(output, true));
            }
            String[] command = {"tx", "describe", gid, "--target", target};
            commands.getClass().getMethod("execute", String[].class).invoke(commands, (Object) command);
            return output.toString();
        });
    }

    @Override
    public void restart() {
        throw new IllegalStateException(
                "a coordinator in the JVM of the test cannot be killed; start the coordinator in"
                        + " a child process: @EntenteTest(ownProcess = true)");
    }

    @Override
    public void close() {
        inside(() -> server.getClass().getMethod("drain").invoke(server));
    }

    private interface Reflected<T> {
        T run() throws ReflectiveOperationException;
    }

    /** Runs work with the coordinator's class loader, so that new threads and look-ups only find its classes. */
    private static <T> T inside(Reflected<T> work) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(Program.LOADER);
        try {
            return work.run();
        } catch (InvocationTargetException failed) {
            throw new IllegalStateException("the coordinator: " + failed.getCause(), failed.getCause());
        } catch (ReflectiveOperationException otherProgram) {
            throw new IllegalStateException(
                    "the packed coordinator and this library have different versions", otherProgram);
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
