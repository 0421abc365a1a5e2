from . import told
