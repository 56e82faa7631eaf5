package dev.entente.rig;

import picocli.CommandLine.IVersionProvider;

/** Prints the version for {@code --version} of all other commands, in the format of the coordinator's command. */
public final class RigVersion implements IVersionProvider {
    /** Called by picocli. */
    public RigVersion() {}

    @Override
    public String[] getVersion() {
        String version = RigVersion.class.getPackage().getImplementationVersion();
        return new String[] {"entente " + (version == null ? "(unpackaged)" : version)};
    }
}
