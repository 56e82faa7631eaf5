package dev.entente.faults.machine;

import static java.lang.constant.ConstantDescs.CD_String;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Changes a coordinator's program into a later one. Its rows have a format one higher, a field more in each progress,
 * and one more state of a branch, which it writes where the older one says {@code CALLED}.
 */
final class NewerFormat {
    private static final String CODEC = "dev/entente/server/codec/PlanCodec.class";
    private static final String PROGRESS = "dev/entente/server/codec/ProgressCodec.class";
    private static final String STATE = "dev/entente/server/transaction/BranchState.class";
    private static final ClassDesc BYTES = ClassDesc.of("com.google.protobuf.ByteString");
    /** Field 15, a number: 1. No message here has so many. */
    private static final String ONE_MORE_FIELD = "x\u0001";

    private static final int CALLED = 2;
    private static final int ONE_MORE_STATE = 90;

    private NewerFormat() {}

    /** @param jar open for writing */
    static void into(FileSystem jar) throws IOException {
        change(jar, CODEC, "format", (code, element) -> {
            if (element instanceof ConstantInstruction number && number.constantValue() instanceof Integer format) {
                code.loadConstant(format + 1);
            } else {
                code.with(element);
            }
        });
        fieldInto(jar);
        change(jar, STATE, "code", NewerFormat::withOneMoreState);
        change(jar, STATE, "of", new Reading());
    }

    /** Changes the field only: an older program may go on with such rows, and keeps what it does not know. */
    static void fieldInto(FileSystem jar) throws IOException {
        change(jar, PROGRESS, "encode", NewerFormat::withOneMoreField);
    }

    private static void change(FileSystem jar, String file, String method, CodeTransform how) throws IOException {
        Path path = jar.getPath(file);
        ClassFile classes = ClassFile.of();
        byte[] changed = classes.transformClass(
                classes.parse(Files.readAllBytes(path)),
                ClassTransform.transformingMethodBodies(one -> one.methodName().equalsString(method), how));
        Files.write(path, changed);
    }

    private static void withOneMoreField(CodeBuilder code, CodeElement element) {
        if (element instanceof ReturnInstruction) {
            code.loadConstant(ONE_MORE_FIELD)
                    .invokestatic(BYTES, "copyFromUtf8", MethodTypeDesc.of(BYTES, CD_String))
                    .invokevirtual(BYTES, "concat", MethodTypeDesc.of(BYTES, BYTES));
        }
        code.with(element);
    }

    private static void withOneMoreState(CodeBuilder code, CodeElement element) {
        if (element instanceof ReturnInstruction) {
            Label other = code.newLabel();
            code.dup()
                    .loadConstant(CALLED)
                    .if_icmpne(other)
                    .pop()
                    .loadConstant(ONE_MORE_STATE)
                    .labelBinding(other);
        }
        code.with(element);
    }

    /** Takes the new state's number for the old one's. */
    private static final class Reading implements CodeTransform {
        @Override
        public void atStart(CodeBuilder code) {
            Label other = code.newLabel();
            code.iload(0)
                    .loadConstant(ONE_MORE_STATE)
                    .if_icmpne(other)
                    .loadConstant(CALLED)
                    .istore(0)
                    .labelBinding(other);
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            code.with(element);
        }
    }
}
