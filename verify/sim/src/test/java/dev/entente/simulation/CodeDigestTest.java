package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.drawing.CodeDigest;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.ConstantInstruction;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class CodeDigestTest {
    private static final int ONE_IN_TWELVE = 12;

    private static byte[] client() throws IOException {
        try (InputStream in = Objects.requireNonNull(Client.class.getResourceAsStream("Client.class"))) {
            return in.readAllBytes();
        }
    }

    @Test
    void a_number_that_a_client_draws_by_is_part_of_it() throws IOException {
        CodeTransform rarer = (code, element) -> {
            if (element instanceof ConstantInstruction constant
                    && constant.constantValue().equals(ONE_IN_TWELVE)) {
                code.loadConstant(ONE_IN_TWELVE + 1);
            } else {
                code.with(element);
            }
        };
        ClassFile classes = ClassFile.of();
        byte[] changed =
                classes.transformClass(classes.parse(client()), ClassTransform.transformingMethodBodies(rarer));

        assertThat(CodeDigest.of(changed)).isNotEqualTo(CodeDigest.of(client()));
    }

    @Test
    void lines_and_names_of_variables_are_none() throws IOException {
        ClassFile bare =
                ClassFile.of(ClassFile.DebugElementsOption.DROP_DEBUG, ClassFile.LineNumbersOption.DROP_LINE_NUMBERS);
        byte[] without = bare.transformClass(bare.parse(client()), ClassTransform.ACCEPT_ALL);

        assertThat(without).isNotEqualTo(client());
        assertThat(CodeDigest.of(without)).isEqualTo(CodeDigest.of(client()));
    }
}
