package dev.entente.simulation.drawing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.util.Objects;

/**
 * The behaviour of a class as bytes: its compiled code with all its constants, without lines and other words for
 * people.
 */
public final class CodeDigest {
    private static final ClassFile PLAIN = ClassFile.of(
            ClassFile.DebugElementsOption.DROP_DEBUG,
            ClassFile.LineNumbersOption.DROP_LINE_NUMBERS,
            ClassFile.ConstantPoolSharingOption.NEW_POOL);

    private CodeDigest() {}

    public static byte[] of(Class<?> type) {
        String file = type.getName().substring(type.getPackageName().length() + 1) + ".class";
        try (InputStream in = Objects.requireNonNull(type.getResourceAsStream(file), file)) {
            return of(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the code of " + type, e);
        }
    }

    public static byte[] of(byte[] compiled) {
        return PLAIN.transformClass(PLAIN.parse(compiled), ClassTransform.ACCEPT_ALL);
    }
}
