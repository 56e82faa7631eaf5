package dev.entente.rig;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command lines of Java processes that this one starts, on its own JDK. */
public final class JavaCommand {
    /** For processes that live for a run: the second compiler would only warm up for nothing. */
    private static final List<String> SMALL = List.of(
            "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED");

    private JavaCommand() {}

    /** The java that runs this process. */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /**
     * The choice of compiler that this process was started with, for a coordinator that it starts. Short tests spare
     * the optimizing one; a long run by hand meets what only that one shows.
     */
    public static List<String> ownCompiler() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-XX:TieredStopAtLevel"))
                .toList();
    }

    /**
     * A main class of this class path, in a small JVM. It ends by itself when the process of the id that follows
     * {@code --until-pid} has ended.
     *
     * @param heap as behind {@code -Xmx}: "192m"
     */
    public static List<String> small(String heap, Class<?> main, List<String> arguments) {
        return small(List.of(), System.getProperty("java.class.path"), heap, main, arguments);
    }

    /** The same with more options of the JVM and another class path. */
    static List<String> small(
            List<String> options, String classPath, String heap, Class<?> main, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(SMALL);
        command.addAll(options);
        command.addAll(List.of("-Xmx" + heap, "-cp", classPath, main.getName()));
        command.addAll(arguments);
        command.addAll(
                List.of("--until-pid", Long.toString(ProcessHandle.current().pid())));
        return command;
    }
}
