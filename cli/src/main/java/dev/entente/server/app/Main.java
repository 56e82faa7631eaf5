package dev.entente.server.app;

import java.lang.reflect.InvocationTargetException;

/**
 * The entry point of the jar: refuses a Java version that is too old, or starts {@code CommandLine}.
 *
 * <p>Only this class is compiled for Java 17. An older runtime can load this class and report the required version. Any
 * other class of the server would fail with an UnsupportedClassVersionError.
 */
public final class Main {
    private static final int REQUIRED_JAVA = 25;
    private static final int EXIT_JAVA_TOO_OLD = 6;

    private Main() {}

    /** Runs the command line on {@code args} and ends the process with its exit code; 6 if Java is older than 25. */
    public static void main(String[] args) throws Throwable {
        int feature = Runtime.version().feature();
        if (feature < REQUIRED_JAVA) {
            System.err.printf(
                    "ENT-076: the Entente server needs Java %s or newer, this is %s; "
                            + "set JAVA_HOME to a newer JDK and run \"$JAVA_HOME/bin/java\" -jar ...%n",
                    REQUIRED_JAVA, feature);
            System.exit(EXIT_JAVA_TOO_OLD);
        }
        start(args);
    }

    /** Finds the class by name: the build compiles this class earlier, and for an older Java, than all others. */
    private static void start(String[] args) throws Throwable {
        Class<?> commandLine = Class.forName("dev.entente.server.cli.CommandLine");
        try {
            commandLine.getMethod("main", String[].class).invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            throw e.getTargetException();
        }
    }
}
