// libtorch contains Gloo but not its headers. These five declare what c10d's ProcessGroupGloo.hpp
// names, and nothing more: objects of Gloo are made and used inside libtorch alone.
#pragma once
