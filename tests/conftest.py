"""Lets tests import the roles' own Python under the names that modules import it by."""

import ansible.module_utils
from hypothesis import HealthCheck, settings

from tests.samples import ROOT

ansible.module_utils.__path__.extend(str(folder) for folder in sorted(ROOT.glob("roles/*/module_utils")))

# Time is not what is tested
settings.register_profile("hostler", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hostler")
