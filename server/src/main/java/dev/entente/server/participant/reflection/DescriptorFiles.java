package dev.entente.server.participant.reflection;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Proto files linked with each other. Immutable once built. */
public final class DescriptorFiles {
    private final Map<String, FileDescriptor> linked = new HashMap<>();
    private final Map<String, MethodDescriptor> methods = new HashMap<>();
    private final Set<String> services = new HashSet<>();
    private final int elements;

    /** @throws DescriptorValidationException if a file is missing, imports itself, or contradicts another */
    public DescriptorFiles(Map<String, FileDescriptorProto> files) throws DescriptorValidationException {
        for (FileDescriptorProto file : files.values()) {
            link(file, files, new HashSet<>());
        }
        Stream<ServiceDescriptor> described = linked.values().stream().flatMap(file -> file.getServices().stream());
        described.flatMap(service -> service.getMethods().stream()).forEach(method -> {
            methods.put(nameOf(method), method);
            services.add(method.getService().getFullName());
        });
        elements =
                files.values().stream().mapToInt(ReflectionBudget::elementsOf).sum();
    }

    /** Counts the descriptors that it holds in memory. */
    int elements() {
        return elements;
    }

    /** Reads a file as {@code protoc --include_imports --descriptor_set_out} writes it. Blocks. */
    public static DescriptorFiles read(Path descriptorSet) throws IOException, DescriptorValidationException {
        try (InputStream in = Files.newInputStream(descriptorSet)) {
            Map<String, FileDescriptorProto> files = new HashMap<>();
            FileDescriptorSet.parseFrom(in).getFileList().forEach(file -> files.put(file.getName(), file));
            return new DescriptorFiles(files);
        }
    }

    private FileDescriptor link(FileDescriptorProto file, Map<String, FileDescriptorProto> files, Set<String> above)
            throws DescriptorValidationException {
        FileDescriptor known = linked.get(file.getName());
        if (known != null) {
            return known;
        }
        List<FileDescriptor> imports = new ArrayList<>();
        if (above.add(file.getName())) {
            for (String name : file.getDependencyList()) {
                FileDescriptorProto imported = files.get(name);
                if (imported != null && !above.contains(name)) {
                    imports.add(link(imported, files, above));
                }
            }
            above.remove(file.getName());
        }
        // What is missing here or imports itself is refused by protobuf, with the file's name.
        FileDescriptor built = FileDescriptor.buildFrom(file, imports.toArray(FileDescriptor[]::new));
        linked.put(file.getName(), built);
        return built;
    }

    /** The method of that name, {@code package.Service/Method}. */
    public Optional<MethodDescriptor> method(String name) {
        return Optional.ofNullable(methods.get(name));
    }

    /** Tells whether the service is described, and has no such method. */
    public boolean lacks(String service, String method) {
        return services.contains(service) && !methods.containsKey(method);
    }

    /** All methods of all services, sorted. */
    public List<String> methods() {
        return methods.keySet().stream().sorted().toList();
    }

    /** All methods of a service, sorted. */
    public List<String> methodsOf(String service) {
        return methods().stream()
                .filter(method -> method.startsWith(service + "/"))
                .toList();
    }

    private static String nameOf(MethodDescriptor method) {
        return method.getService().getFullName() + "/" + method.getName();
    }
}
