package dev.entente.stories.compat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.InterfaceMethodRefEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.MethodRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Resolves each reference of the SDK's classes to protobuf and grpc, like a JVM does when it executes the reference.
 * This also covers code that no test runs.
 */
final class Linkage implements AutoCloseable {
    private static final List<String> WATCHED = List.of("com/google/protobuf/", "com/google/rpc/", "io/grpc/");

    private final URLClassLoader loader;
    private final List<Path> libraries;
    private final Set<String> broken = new TreeSet<>();

    Linkage(List<Path> libraries) {
        this.libraries = libraries;
        this.loader = new URLClassLoader(
                libraries.stream().map(Linkage::url).toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    private static URL url(Path jar) {
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException impossible) {
            throw new IllegalArgumentException(impossible);
        }
    }

    /** Returns the unresolved references and the abstract methods without an implementation. */
    Set<String> broken() throws IOException {
        for (Path jar : libraries) {
            if (jar.getFileName().toString().startsWith("entente-")) {
                check(jar);
            }
        }
        return broken;
    }

    private void check(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            for (JarEntry entry : Collections.list(file.entries())) {
                if (entry.getName().endsWith(".class")) {
                    checkOrReport(
                            ClassFile.of().parse(file.getInputStream(entry).readAllBytes()));
                }
            }
        }
    }

    private void checkOrReport(ClassModel model) {
        try {
            check(model);
        } catch (LinkageError missing) {
            broken.add(model.thisClass().asInternalName() + " meets " + missing);
        }
    }

    private void check(ClassModel model) {
        String user = model.thisClass().asInternalName();
        for (PoolEntry entry : model.constantPool()) {
            switch (entry) {
                case ClassEntry type when isWatched(type.asInternalName()) -> resolve(user, type.asInternalName());
                case MemberRefEntry member when isWatched(member.owner().asInternalName()) -> resolve(user, member);
                default -> {}
            }
        }
        if (user.startsWith("dev/entente/v1/")) {
            requireConcrete(user);
        }
    }

    private static boolean isWatched(String type) {
        return WATCHED.stream().anyMatch(type::startsWith);
    }

    private @Nullable Class<?> resolve(String user, String type) {
        try {
            return Class.forName(type.replace('/', '.'), false, loader);
        } catch (ClassNotFoundException | LinkageError missing) {
            broken.add(user + " needs " + type);
            return null;
        }
    }

    private void resolve(String user, MemberRefEntry member) {
        Class<?> owner = resolve(user, member.owner().asInternalName());
        if (owner == null) {
            return;
        }
        String name = member.name().stringValue();
        String descriptor = member.type().stringValue();
        boolean isMethod = member instanceof MethodRefEntry || member instanceof InterfaceMethodRefEntry;
        boolean exists = supertypes(owner)
                .anyMatch(type -> isMethod ? hasMethod(type, name, descriptor) : hasField(type, name, descriptor));
        if (!exists) {
            broken.add(user + " needs " + owner.getName() + "." + name + descriptor);
        }
    }

    private static Stream<Class<?>> supertypes(Class<?> type) {
        List<Class<?>> found = new ArrayList<>(List.of(Object.class));
        Deque<Class<?>> left = new ArrayDeque<>(List.of(type));
        while (!left.isEmpty()) {
            Class<?> next = left.pop();
            found.add(next);
            left.addAll(List.of(next.getInterfaces()));
            if (next.getSuperclass() != null) {
                left.push(next.getSuperclass());
            }
        }
        return found.stream();
    }

    private static boolean hasMethod(Class<?> type, String name, String descriptor) {
        if (name.equals("<init>")) {
            return Arrays.stream(type.getDeclaredConstructors())
                    .filter(constructor -> !Modifier.isPrivate(constructor.getModifiers()))
                    .anyMatch(constructor -> MethodType.methodType(void.class, constructor.getParameterTypes())
                            .descriptorString()
                            .equals(descriptor));
        }
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> method.getName().equals(name) && !Modifier.isPrivate(method.getModifiers()))
                .anyMatch(method -> MethodType.methodType(method.getReturnType(), method.getParameterTypes())
                        .descriptorString()
                        .equals(descriptor));
    }

    private static boolean hasField(Class<?> type, String name, String descriptor) {
        return Arrays.stream(type.getDeclaredFields())
                .anyMatch(field -> field.getName().equals(name)
                        && field.getType().descriptorString().equals(descriptor)
                        && !Modifier.isPrivate(field.getModifiers()));
    }

    /** Verifies that a concrete class implements each method of its supertypes. */
    private void requireConcrete(String user) {
        Class<?> type = resolve(user, user);
        if (type == null || Modifier.isAbstract(type.getModifiers())) {
            return;
        }
        for (Method method : type.getMethods()) {
            if (Modifier.isAbstract(method.getModifiers())) {
                broken.add(user + " has no body for " + method);
            }
        }
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }
}
