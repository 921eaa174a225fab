"""Tell the product's story on one machine: a hub, three villages, real files, real processes, a week's work.

Decides the story alone.  Everything happens through the console's commands as processes, and every number told at the
end is read back from what those commands print; the demo imports neither shell.
"""
