package dev.entente.rig;

import picocli.CommandLine.IVersionProvider;

/** Prints the version for {@code --version} of every command beside the coordinator's own, as that one does. */
public final class RigVersion implements IVersionProvider {
    /** Made by picocli. */
    public RigVersion() {}

    @Override
    public String[] getVersion() {
        String version = RigVersion.class.getPackage().getImplementationVersion();
        return new String[] {"entente " + (version == null ? "(unpackaged)" : version)};
    }
}
