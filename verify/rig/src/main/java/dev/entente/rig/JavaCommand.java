package dev.entente.rig;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command lines of Java processes that this process starts, on its own JDK. */
public final class JavaCommand {
    /** Options for processes that last one run: the second compiler would cost more time than it saves. */
    private static final List<String> SMALL = List.of(
            "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED");

    private JavaCommand() {}

    /** Returns the java program that runs this process. */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /**
     * Returns this process's compiler option, for a coordinator that it starts. Short tests save the cost of the
     * optimizing compiler; a long manual run uses that compiler and detects errors that only it causes.
     */
    public static List<String> ownCompiler() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-XX:TieredStopAtLevel"))
                .toList();
    }

    /**
     * Returns the command of a main class of this class path, in a small JVM. The JVM ends when the process with the id
     * after {@code --until-pid} has ended.
     *
     * @param heap the value for {@code -Xmx}, such as "192m"
     */
    public static List<String> small(String heap, Class<?> main, List<String> arguments) {
        return small(List.of(), System.getProperty("java.class.path"), heap, main, arguments);
    }

    /** Returns the command with additional JVM options and another class path. */
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
