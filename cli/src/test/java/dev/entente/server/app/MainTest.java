package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class MainTest {
    private static final int CLASS_FILE_OF_JAVA_17 = 61;
    private static final int CLASS_FILE_OF_JAVA_25 = 69;

    @Test
    void the_entry_class_can_be_loaded_by_java_17() throws IOException {
        assertThat(classFileVersion("Main.class")).isEqualTo(CLASS_FILE_OF_JAVA_17);
    }

    @Test
    void the_command_line_is_compiled_for_java_25() throws IOException {
        assertThat(classFileVersion("/dev/entente/server/cli/CommandLine.class"))
                .isEqualTo(CLASS_FILE_OF_JAVA_25);
    }

    private static int classFileVersion(String resource) throws IOException {
        InputStream file = Objects.requireNonNull(Main.class.getResourceAsStream(resource));
        try (DataInputStream in = new DataInputStream(file)) {
            in.skipNBytes(6);
            return in.readUnsignedShort();
        }
    }
}
