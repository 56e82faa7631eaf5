package dev.entente.server.participant.reflection;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.Message;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Proto files linked with each other. Immutable once built. */
public final class DescriptorFiles {
    private final Map<String, FileDescriptor> linked = new HashMap<>();
    private final Set<String> services = new HashSet<>();
    /** The key is {@code package.Service/Method}. */
    private final Map<String, MethodDescriptor> methods = new TreeMap<>();

    private final int elements;

    /** @throws DescriptorValidationException if a file is missing, imports itself, or contradicts another */
    public DescriptorFiles(Map<String, FileDescriptorProto> files) throws DescriptorValidationException {
        Map<String, FileDescriptorProto> unlinked = new HashMap<>(files);
        for (String name : files.keySet()) {
            var _ = link(name, unlinked);
        }
        for (FileDescriptor file : linked.values()) {
            for (ServiceDescriptor service : file.getServices()) {
                services.add(service.getFullName());
                service.getMethods().forEach(each -> methods.put(service.getFullName() + "/" + each.getName(), each));
            }
        }
        elements = files.values().stream().mapToInt(DescriptorFiles::elementsOf).sum();
    }

    /** Reads a file that {@code protoc --include_imports --descriptor_set_out} has written. Blocks. */
    public static DescriptorFiles read(Path descriptorSet) throws IOException, DescriptorValidationException {
        try (InputStream in = Files.newInputStream(descriptorSet)) {
            Map<String, FileDescriptorProto> files = new HashMap<>();
            FileDescriptorSet.parseFrom(in).getFileList().forEach(file -> files.put(file.getName(), file));
            return new DescriptorFiles(files);
        }
    }

    /**
     * Returns the linked file. Null if the file is missing, or is itself being linked (an import cycle); protobuf then
     * rejects the importing file.
     */
    private @Nullable FileDescriptor link(String name, Map<String, FileDescriptorProto> unlinked)
            throws DescriptorValidationException {
        FileDescriptorProto file = unlinked.remove(name);
        if (file == null) {
            return linked.get(name);
        }
        List<FileDescriptor> imports = new ArrayList<>();
        for (String imported : file.getDependencyList()) {
            FileDescriptor built = link(imported, unlinked);
            if (built != null) {
                imports.add(built);
            }
        }
        FileDescriptor built = FileDescriptor.buildFrom(file, imports.toArray(FileDescriptor[]::new));
        linked.put(name, built);
        return built;
    }

    /** Returns the number of descriptors that this object keeps in memory. */
    public int elements() {
        return elements;
    }

    /** Counts the messages within a message; in a file, these are its descriptors and their options. */
    static int elementsOf(Message message) {
        int sum = 0;
        for (Object value : message.getAllFields().values()) {
            for (Object part : value instanceof List<?> list ? list : List.of(value)) {
                sum += part instanceof Message inner ? 1 + elementsOf(inner) : 0;
            }
        }
        return sum;
    }

    /** Returns the method of a name, {@code package.Service/Method}; null if there is none. */
    public @Nullable MethodDescriptor method(String name) {
        return methods.get(name);
    }

    /** Returns whether the service is described, and has no such method. */
    public boolean lacks(String service, String method) {
        return services.contains(service) && !methods.containsKey(method);
    }

    /** Returns all methods of all services, sorted. */
    public List<String> methods() {
        return List.copyOf(methods.keySet());
    }

    /** Returns all methods of a service, sorted. */
    public List<String> methodsOf(String service) {
        return methods.keySet().stream()
                .filter(method -> method.startsWith(service + "/"))
                .toList();
    }
}
