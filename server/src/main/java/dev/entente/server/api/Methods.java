package dev.entente.server.api;

import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.entente.server.transaction.Refusal;

/** What participants' methods take and answer, as far as their descriptors are known. Thread-safe. */
public interface Methods {

    /**
     * The method's types, from a descriptor set or the participant's reflection. May block for seconds.
     *
     * @param method {@code package.Service/Method}
     * @throws Refusal ENT-024 where there are no descriptors, ENT-025 where they do not know the method, ENT-014 or ENT-015 where the
     *     participant may not be asked
     */
    MethodDescriptor find(String participant, String method);
}
